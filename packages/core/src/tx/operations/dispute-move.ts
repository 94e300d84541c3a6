import { struct } from '../../bytes/codec/composites.ts';
import { bytes, u8 } from '../../bytes/codec/primitives.ts';
import { MOVE_NAMES, type MoveName } from '../../network/game/moves.ts';
import { LIMITS } from '../../state/limits.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Work units of a move at its worst: with a header of 64 KiB to decode, see docs/performance.md. */
const MOVE_WORK: Readonly<Record<MoveName, number>> = {
  commit: 20_000,
  point: 100,
  reveal: 800,
  witness: 12_000,
  join: 400,
};
const WORK_MAX = Math.max(...Object.values(MOVE_WORK));

/**
 * A move of a game about the trace of a result. `move` numbers its kind: 0 commit, 1 point, 2 reveal, 3 witness, 4 join.
 * `body` has the canonical bytes of its members, see network/game/moves.ts. A commitment is for all games of the result, and
 * `game` is 0.
 */
export const disputeMove = defineOperation({
  tag: 20,
  codec: struct('DisputeMove', { taskId: id, game: u8, move: u8, body: bytes(LIMITS.moveBytesMax) }),
  work: ({ move }) => {
    const name = MOVE_NAMES[move];
    return name === undefined ? WORK_MAX : MOVE_WORK[name];
  },
  job: ({ taskId }) => taskId,
});
