import { AivmError } from '@aivm/core/errors';
import type { Timestamp } from './generated/abci_pb.ts';

/** The engine's block time in whole seconds, rounded down. @throws AivmError `malformed` where there is none. */
export function secondsOf(time: Timestamp | undefined): number {
  const seconds = Number(time?.seconds ?? -1n);
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new AivmError('malformed', `block time ${time?.seconds ?? 'none'}: no second since 1970`);
  }
  return seconds;
}

/** A height of the engine. @throws AivmError `out_of_range`. */
export function heightOf(height: bigint): number {
  if (height < 0n || height > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new AivmError('out_of_range', `height ${height}: expected 0…2^53−1`);
  }
  return Number(height);
}
