import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { address, bool, bytes32, height, text, u8, u32, u64, u128 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';
import { timerSlotCodec } from './task.ts';

/** Games about one result that are played at once; later challengers wait for a place. */
export const GAMES_PLAYED_MAX = 16;
/** Games of one result that are open at once, waiting ones included. */
export const GAMES_OPEN_MAX = 64;
/** Games of one result ever: their numbers are bytes. */
export const GAMES_MAX = 256;

/**
 * What all games about one result share. Its provider commits to one trace, and every challenger plays on that.
 * The tensors' sizes follow from the model's header and the lengths of input and output, so no record holds them.
 */
export const trialCodec = struct('Trial', {
  taskId: text(LIMITS.idBytesMax),
  provider: text(LIMITS.idBytesMax),
  attempt: u8,
  openedAtHeight: height,
  /** Rows of the pass, posted tokens, and the work of the pass. */
  rows: u32,
  newTokens: u32,
  work: u64,
  /** Challenges ever; the next one has this number. */
  challenges: u32,
  /** Numbers of the games that are played, in the order in which they began. */
  playing: list(u8, GAMES_PLAYED_MAX),
  /** The first game that waits for a place; all from it on do. */
  nextWaiting: u32,
  /** Whether the provider has committed; the root and the hash of the top node are zero before. */
  committed: bool,
  /** Bytes of the trace; 0 before the commitment, so that a challenge decodes no header. */
  traceBytes: height,
  root: bytes32,
  top: bytes32,
  /** From where on the provider's time to commit runs, and the chain's count of standing blocks when it was set. */
  commitDue: height,
  commitStood: height,
  /** What is left of the provider's reserve after its commitment. */
  providerReserve: u32,
  /** The one timer of all clocks. It may come before a clock has run out, and is set again then. */
  timer: timerSlotCodec,
  /** A challenge found no place: a result that survives all the same is void. */
  marked: bool,
});

export type Trial = CodecValue<typeof trialCodec>;

/** Whose move is due in a game. */
export const GameTurn = {
  /** Nobody's: the game waits for a place among those that are played, or for the provider's commitment. */
  nobody: 0,
  /** The challenger points, or, once leaves are revealed, shows its witness. */
  challenger: 1,
  /** The provider reveals what is below the pointed node. */
  provider: 2,
} as const;
export type GameTurn = (typeof GameTurn)[keyof typeof GameTurn];

/** One challenger's descent into the committed trace. */
export const gameCodec = struct('Game', {
  taskId: text(LIMITS.idBytesMax),
  number: u8,
  challenger: address,
  /** Hides the root of the challenger's own trace; see hashGameRoot. */
  rootCommitment: bytes32,
  stake: u128,
  openedAtHeight: height,
  turn: u8,
  /** The node below which entries are revealed: hashes four levels deeper, or from level 3 on the leaves. */
  level: u8,
  index: height,
  hash: bytes32,
  /** The node that the challenger pointed at, while the provider's reveal is due; 0 otherwise. */
  pointedLevel: u8,
  pointed: height,
  /** Where the clock of the due move began, and the chain's count of standing blocks then. */
  since: height,
  stood: height,
  /** Blocks that each may still be late by. */
  challengerReserve: u32,
  providerReserve: u32,
});

export type Game = CodecValue<typeof gameCodec>;
