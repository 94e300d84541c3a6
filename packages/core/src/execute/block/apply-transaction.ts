import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { type AivmError, requireThat } from '../../errors/aivm-error.ts';
import { readAccount, readChain, requireTask } from '../../state/read.ts';
import { isExpired, type Transaction } from '../../tx/transaction.ts';
import { transactionWork } from '../../tx/work.ts';
import { type BlockContext, writeAccount } from '../context/block-context.ts';
import { markBlock, revertBlock } from '../context/block-mark.ts';
import { laneOf, roomOf } from '../context/block-room.ts';
import { isRejection } from '../context/rejection.ts';
import type { Outcome } from '../context/result.ts';
import { burn, debit } from '../economy/money.ts';
import { applyOperation } from './apply-operation.ts';

/** The fee that a transaction's operation burns whatever becomes of it. */
const operationFee = (context: Pick<BlockContext, 'params'>, work: number): bigint =>
  context.params.workPrice * BigInt(work);

/**
 * What a block may not contain at all: a transaction of another chain, one that has expired, with another nonce than the
 * sender's next, or of a sender that cannot pay the operation fee.
 */
function checkAdmissible(context: BlockContext, tx: Transaction, fee: bigint): void {
  const { chainId, genesisHash } = readChain(context.state);
  requireThat(
    tx.chainId === chainId && equalBytes(tx.genesisHash, genesisHash),
    'wrong_chain',
    () =>
      `signed for chain ${tx.chainId} of genesis 0x${bytesToHex(tx.genesisHash)}, ` +
      `this is ${chainId} of 0x${bytesToHex(genesisHash)}`,
  );
  requireThat(
    !isExpired(tx, context.height),
    'expired',
    () => `valid up to height ${tx.expiry}, this is ${context.height}`,
  );
  const account = readAccount(context.state, tx.sender);
  const who = (): string => `account 0x${bytesToHex(tx.sender)}`;
  requireThat(
    tx.nonce >= account.nonce,
    'nonce_too_low',
    () => `${who()}: nonce ${tx.nonce}, next is ${account.nonce}`,
  );
  requireThat(
    tx.nonce === account.nonce,
    'nonce_gap',
    () => `${who()}: nonce ${tx.nonce}, next is ${account.nonce}`,
  );
  requireThat(
    account.balance >= fee,
    'insufficient_balance',
    () => `${who()} has ${account.balance}, the operation fee is ${fee}`,
  );
}

/** An outcome with the reason in words; the words are not part of consensus. */
export interface AppliedTransaction {
  readonly outcome: Outcome;
  readonly error: AivmError | undefined;
}

/** @returns why the operation was refused, with its changes undone. */
function attempt(context: BlockContext, tx: Transaction, work: number): AivmError | undefined {
  const mark = markBlock(context);
  try {
    applyOperation(context, tx, work);
    // A value outside its type refuses the operation that made it.
    context.state.serializeRecords();
    return undefined;
  } catch (error) {
    if (!isRejection(error)) throw error;
    revertBlock(context, mark);
    return error;
  }
}

/**
 * Applies one transaction. An operation that fails pays its operation fee, consumes its nonce, and has no other effect.
 * A task pays its fee instead, so only a refused one pays the operation fee.
 * @throws AivmError when the transaction cannot be in the block at all; nothing is changed then.
 */
export function applyTransaction(context: BlockContext, tx: Transaction): AppliedTransaction {
  const work = transactionWork(tx);
  const fee = operationFee(context, work);
  checkAdmissible(context, tx, fee);
  const account = readAccount(context.state, tx.sender);
  writeAccount(context, tx.sender, { ...account, nonce: account.nonce + 1n });
  const { operation } = tx;
  const admitted = operation.kind === 'submitTask' ? operation.id : undefined;
  const payFee = (): void => {
    debit(context, tx.sender, fee, 'operation fee');
    burn(context, fee);
  };
  if (admitted === undefined) payFee();
  const error = attempt(context, tx, work);
  if (error === undefined) {
    if (laneOf(operation.kind) === 'disputes') context.disputeRooms.push(roomOf(tx));
    const burned = admitted === undefined ? fee : requireTask(context.state, admitted).burned;
    return { outcome: { code: '', work, burned, nonce: tx.nonce }, error };
  }
  if (admitted !== undefined) payFee();
  return { outcome: { code: error.code, work, burned: fee, nonce: tx.nonce }, error };
}
