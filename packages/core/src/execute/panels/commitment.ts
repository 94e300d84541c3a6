import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, text, u8, u16 } from '../../bytes/codec/primitives.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { LIMITS } from '../../state/limits.ts';
import { Vote } from '../../state/records/panel.ts';

const commitmentCodec = struct('Commitment', {
  genesisHash: bytes32,
  taskId: text(LIMITS.idBytesMax),
  panel: u16,
  round: u8,
  seat: u8,
  inputHash: bytes32,
  weightHash: bytes32,
  voteHash: bytes32,
  provider: text(LIMITS.idBytesMax),
  salt: bytes32,
});

/** What a seat says: an output, or why there is none. */
export interface SeatVote {
  /** One of {@link Vote}. */
  readonly vote: number;
  /** Empty for an error. */
  readonly output: Uint8Array;
}

/**
 * The hash by which votes are compared: the output's own, or that of an error under a name of its own, so that no output
 * can pass for an error.
 */
export const hashVote = ({ vote, output }: SeatVote): Uint8Array =>
  vote === Vote.output ? namedHash('Output', output) : namedHash('ErrorVote', Uint8Array.of(vote));

/** What a seat commits to before it shows its vote. */
export interface Commitment extends SeatVote {
  /** 32 bytes, of the chain. */
  readonly genesisHash: Uint8Array;
  readonly taskId: string;
  /** The panel's number among those of its task, the round of its draw, and the place on it. */
  readonly panel: number;
  readonly round: number;
  readonly seat: number;
  readonly inputHash: Uint8Array;
  readonly weightHash: Uint8Array;
  readonly provider: string;
  /** 32 bytes that nobody else knows before the reveal. */
  readonly salt: Uint8Array;
}

/**
 * The 32 bytes that commit to a vote. Bound to the provider, so that a copied commitment cannot be revealed, and to what
 * was computed, so that nobody can be made to answer for another chain's, panel's or version's question.
 */
export const hashCommitment = (commitment: Commitment): Uint8Array =>
  namedHash('Commitment', serialize(commitmentCodec, { ...commitment, voteHash: hashVote(commitment) }));
