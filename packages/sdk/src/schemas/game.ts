import * as z from 'zod';
import { addressText, count, hexBytes } from './scalars.ts';

const GAME_MAX = 255;
const MOVE_MAX = 4;

/** One move of a game about the trace of a result, as its transaction has it. */
const gameMoveSchema = z.object({
  height: count(),
  /** Hash of the transaction. */
  transaction: hexBytes(32),
  sender: addressText,
  /** A commitment is for all games of a result, and has 0. */
  game: count(GAME_MAX),
  /** 0 commit, 1 point, 2 reveal, 3 witness, 4 join. */
  move: count(MOVE_MAX),
  /** Canonical bytes of its members: `parseMove` of `@aivm/core/network`. */
  body: hexBytes(),
});
export type GameMove = z.output<typeof gameMoveSchema>;

export const gameMovesSchema = z.object({
  task_id: z.string(),
  moves: z.array(gameMoveSchema),
  /** The last height that was looked at: go on behind it while it is below the chain's. */
  height: count(),
});
