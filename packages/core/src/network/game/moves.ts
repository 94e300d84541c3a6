import type { Codec, CodecValue } from '../../bytes/codec/codec.ts';
import { parse, serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes, bytes32, height, u8 } from '../../bytes/codec/primitives.ts';
import { AivmError } from '../../errors/aivm-error.ts';

/** 256 hashes, or 64 leaves. */
const ENTRIES_BYTES_MAX = 8_192;
/** Four levels of up to three siblings. */
const REVEAL_SIBLINGS_BYTES_MAX = 384;
/** Siblings of consecutive leaves: up to six a level. */
const OUTPUT_SIBLINGS_BYTES_MAX = 4_096;
const LEAF_BYTES_MAX = 128;
/** Siblings of one leaf: up to three a level. */
const PATH_BYTES_MAX = 2_048;
/** A bound of the form alone: the chain's maxWitnessBytes bounds what a header may need. */
const WITNESS_PART_BYTES_MAX = 49_152;

const commitBody = struct('CommitMove', {
  /** What a reveal below the top node of the trace's tree shows. */
  entries: bytes(ENTRIES_BYTES_MAX),
  /** Hashes that lead from the leaves of the posted output to the root. */
  outputSiblings: bytes(OUTPUT_SIBLINGS_BYTES_MAX),
});

const pointBody = struct('PointMove', {
  /** Index, in its level, of one of the revealed nodes. */
  index: height,
});

const revealBody = struct('RevealMove', {
  entries: bytes(ENTRIES_BYTES_MAX),
  /** Hashes that lead from the pointed node to the one that was kept. */
  siblings: bytes(REVEAL_SIBLINGS_BYTES_MAX),
});

const witnessBody = struct('WitnessMove', {
  leaf: height,
  element: u8,
  traceLeaves: bytes(WITNESS_PART_BYTES_MAX),
  traceSiblings: bytes(WITNESS_PART_BYTES_MAX),
  blobLeaves: bytes(WITNESS_PART_BYTES_MAX),
  blobSiblings: bytes(WITNESS_PART_BYTES_MAX),
  /** Root of the challenger's own trace, and the salt that hid it. */
  ownRoot: bytes32,
  salt: bytes32,
  /** That trace, opened at `leaf`; both are empty where the challenger asks for no reward. */
  ownLeaf: bytes(LEAF_BYTES_MAX),
  ownSiblings: bytes(PATH_BYTES_MAX),
});

const joinBody = struct('JoinMove', {
  /** The committed root that a member of a panel takes for its own. */
  root: bytes32,
});

/** The moves of a game, each at the place of its number on the wire. */
const MOVE_BODIES = {
  commit: { number: 0, codec: commitBody },
  point: { number: 1, codec: pointBody },
  reveal: { number: 2, codec: revealBody },
  witness: { number: 3, codec: witnessBody },
  join: { number: 4, codec: joinBody },
} as const;

export type MoveName = keyof typeof MOVE_BODIES;
export const MOVE_NAMES: readonly MoveName[] = Object.keys(MOVE_BODIES) as MoveName[];

/** The members of move `M`. */
export type MoveBody<M extends MoveName> = CodecValue<(typeof MOVE_BODIES)[M]['codec']>;

/** One move, told apart by `move`. */
export type Move = { [M in MoveName]: { readonly move: M } & MoveBody<M> }[MoveName];

/** The number of a move on the wire. */
export const moveNumber = (move: MoveName): number => MOVE_BODIES[move].number;

/** Canonical bytes of a move's members. @throws AivmError `out_of_range`, `too_large` */
export const serializeMove = (move: Move): Uint8Array =>
  serialize(MOVE_BODIES[move.move].codec as Codec<unknown>, move, move.move);

/**
 * The move with this number and these bytes.
 * @throws AivmError `malformed`, `too_large`, that names the member
 */
export function parseMove(number: number, body: Uint8Array): Move {
  const move = MOVE_NAMES[number];
  if (move === undefined)
    throw new AivmError('malformed', `move: ${number} is no kind of move (0…${MOVE_NAMES.length - 1})`);
  const members = parse(MOVE_BODIES[move].codec as Codec<unknown>, body, move) as object;
  return { move, ...members } as Move;
}
