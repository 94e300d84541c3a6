import { AivmError } from '@aivm/core/errors';
import type { Client } from '../client/create-client.ts';
import type { TransactionInfo } from '../schemas/transaction.ts';
import type { Signer } from '../wallet/wallet.ts';
import type { OpenTransactions } from './open-transactions.ts';
import type { Patience } from './patience.ts';

/** The state that the steps of a sender share. */
export interface SenderState {
  readonly client: Client;
  readonly wallet: Signer;
  readonly open: OpenTransactions;
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  /** Blocks for which a signature is good; 0 for ever. */
  readonly expiryBlocks: number;
  /** The node's last known height, and when it said so, in milliseconds since 1970. */
  height: number;
  heightReadAt: number;
  /** The nonce after the last one that the node took; undefined where the node must be asked. */
  nextNonce: bigint | undefined;
  /** When the nonces below the open ones were last looked at, in milliseconds since 1970. */
  gapCheckedAt: number;
}

export const hasCode = (error: unknown, ...codes: readonly string[]): error is AivmError =>
  error instanceof AivmError && codes.includes(error.code);

/** A transaction as the node knows it, in its pool or in a block; undefined where it does not. */
export async function findTransaction(
  { client }: SenderState,
  id: Uint8Array,
  patience: Patience,
): Promise<TransactionInfo | undefined> {
  try {
    return await patience.ask((options) => client.getTransaction(id, {}, options));
  } catch (error) {
    if (hasCode(error, 'not_found')) return undefined;
    throw error;
  }
}
