import type { Anchor } from '@aivm/sdk';
import type { SignedByValidators, SignedChange } from './validators/anchor-signatures.ts';

/** The chain that anchors are of: two chains may share an id, and never a genesis. */
export interface AnchorOrigin {
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
}

/** What validators signed of an anchor. */
export interface AnchorEndorsement {
  readonly signed: SignedByValidators;
  /** The change that made the set of a number, 1 or more; undefined where this node does not have it. */
  changeTo(number: bigint): SignedChange | undefined;
}

/** Somewhere outside this node that is handed every anchor, in order. */
export interface AnchorSink {
  /** host, file, http or evm. */
  readonly kind: string;
  /** Names the destination, the same after a restart: progress is kept under it. It is never shown. */
  readonly destination: string;
  /**
   * The number of the first anchor that the destination lacks, or undefined where only this node knows. Asked before
   * the first delivery and after every failure, so it also repairs and reconnects.
   * @param origin the chain whose anchors come. @throws AnchorSinkError where the destination is of another one.
   */
  next(origin: AnchorOrigin, signal: AbortSignal): Promise<number | undefined>;
  /**
   * Resolves once the destination holds the anchor for good. May be called again with an anchor that was delivered:
   * that does nothing. @throws Error whose message may be shown to anybody.
   * @param endorsement on a network whose validators sign anchors
   */
  deliver(anchor: Anchor, signal: AbortSignal, endorsement?: AnchorEndorsement): Promise<void>;
  /** Releases what it holds; idempotent. */
  close(): Promise<void>;
}

/** How far one sink is. */
export interface AnchorSinkStatus {
  /** Its kind, with a number where there are several of a kind. */
  readonly sink: string;
  /** Anchors below this number are delivered. */
  readonly delivered: number;
  readonly failuresInARow: number;
  /** Why the last attempt failed; undefined since one succeeded. */
  readonly lastError: string | undefined;
}

/** The destination refuses, is away, or holds something else. */
export class AnchorSinkError extends Error {
  override readonly name = 'AnchorSinkError';
}

/** For chains whose host's own finality is the anchor: there is nothing to send. */
export const createHostSink = (): AnchorSink => ({
  kind: 'host',
  destination: 'host',
  next: async () => undefined,
  deliver: async () => undefined,
  close: async () => undefined,
});
