import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Account, Params } from '@aivm/core/state';
import { isExpired, type Transaction, transactionWork } from '@aivm/core/tx';
import { type MempoolLimits, mayReplace } from './limits.ts';
import type { PooledTransaction, SenderQueue } from './sender-queue.ts';

/** Room that a block's header takes, rounded up. */
const HEADER_BYTES_MAX = 1_024;

/** Why a transaction can be in no further block. */
export const expired = ({ expiry }: Transaction, height: number): AivmError =>
  new AivmError('expired', `valid up to height ${expiry}, the next block is ${height}`);

/** What a transaction's place in the pool depends on. */
export interface Surroundings {
  /** The account's next nonce on chain. */
  readonly nonce: bigint;
  /** What the transaction pays. */
  readonly payment: bigint;
  readonly chainId: bigint;
  readonly genesisHash: Uint8Array;
  /** Of the next block. */
  readonly height: number;
  readonly params: Params;
  readonly limits: MempoolLimits;
}

/** The cheap questions, before anything is run. @throws AivmError why the transaction has no place in its sender's queue. */
export function checkPlace(tx: Transaction, queue: SenderQueue, around: Surroundings): void {
  const { nonce, payment, chainId, genesisHash, height, params, limits } = around;
  if (tx.chainId !== chainId || !equalBytes(tx.genesisHash, genesisHash)) {
    const signed = `signed for chain ${tx.chainId} of genesis 0x${bytesToHex(tx.genesisHash)}`;
    throw new AivmError('wrong_chain', `${signed}, this is ${chainId} of 0x${bytesToHex(genesisHash)}`);
  }
  if (isExpired(tx, height)) throw expired(tx, height);
  const isTooLarge = tx.bytes.length + HEADER_BYTES_MAX > params.maxBlockBytes;
  if (isTooLarge || transactionWork(tx) > params.maxBlockWork) {
    throw new AivmError('too_large', `transaction: ${tx.bytes.length} bytes do not fit a block`);
  }
  if (tx.nonce < nonce) {
    throw new AivmError('nonce_too_low', `nonce ${tx.nonce}, the account is at ${nonce}`);
  }
  const next = nonce + BigInt(queue.ready(nonce).length);
  if (tx.nonce > next + BigInt(limits.nonceGapMax)) {
    throw new AivmError(
      'nonce_gap',
      `nonce ${tx.nonce}, next is ${next}, at most ${limits.nonceGapMax} ahead`,
    );
  }
  const pending = queue.get(tx.nonce);
  if (pending !== undefined && !mayReplace(payment, pending.payment)) {
    throw new AivmError(
      'replacement_underpriced',
      `nonce ${tx.nonce} is pending and pays ${pending.payment}; a replacement pays at least a tenth more, not ${payment}`,
    );
  }
  if (pending === undefined && queue.size >= limits.perSenderMax) {
    throw new AivmError('pool_full', `${limits.perSenderMax} transactions of this sender are pending`);
  }
}

/**
 * Of a transaction that is not run yet: keeps strangers from filling the pool for nothing.
 * @throws AivmError `insufficient_balance`.
 */
export function checkBalance({ balance }: Account, payment: bigint): void {
  if (balance < payment) {
    throw new AivmError('insufficient_balance', `balance ${balance}, the transaction pays ${payment}`);
  }
}

/** The error with which a wait for an evicted transaction ends. */
export const reasonToEvict = (
  evicted: PooledTransaction,
  newcomer: Transaction,
  replaced: PooledTransaction | undefined,
): AivmError =>
  evicted === replaced
    ? new AivmError('nonce_too_low', `replaced by transaction ${bytesToHex(newcomer.id)}`)
    : new AivmError('pool_full', `nonce ${evicted.tx.nonce}: made room for a transaction that is next`);
