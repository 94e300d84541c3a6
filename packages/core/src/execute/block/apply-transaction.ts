import { bytesToHex } from '../../bytes/hex.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { readAccount, readChain } from '../../state/read.ts';
import type { Transaction } from '../../tx/transaction.ts';
import { transactionWork } from '../../tx/work.ts';
import { type BlockContext, writeAccount } from '../context/block-context.ts';
import { isRejection } from '../context/rejection.ts';
import type { Outcome } from '../context/result.ts';
import { burn, debit } from '../economy/money.ts';
import { applyOperation } from './apply-operation.ts';

/** The fee that a transaction's operation burns whatever becomes of it. */
export const operationFee = (context: Pick<BlockContext, 'params'>, work: number): bigint =>
  context.params.workPrice * BigInt(work);

/**
 * What a block may not contain at all: a transaction of another chain, with another nonce than the sender's next, or of
 * a sender that cannot pay the operation fee.
 */
function checkAdmissible(context: BlockContext, tx: Transaction, fee: bigint): void {
  const { chainId } = readChain(context.state);
  requireThat(
    tx.chainId === chainId,
    'wrong_chain',
    () => `signed for chain ${tx.chainId}, this is ${chainId}`,
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

interface Mark {
  readonly state: number;
  readonly events: number;
  readonly receipts: number;
  readonly receiptNodes: number;
}

const markOf = (context: BlockContext): Mark => ({
  state: context.state.mark(),
  events: context.events.length,
  receipts: context.receipts.length,
  receiptNodes: context.receiptNodes.length,
});

function revertTo(context: BlockContext, mark: Mark): void {
  context.state.revert(mark.state);
  context.events.length = mark.events;
  context.receipts.length = mark.receipts;
  context.receiptNodes.length = mark.receiptNodes;
}

function attempt(context: BlockContext, tx: Transaction, work: number): { burned: bigint } | AivmError {
  const mark = markOf(context);
  try {
    return { burned: applyOperation(context, tx, work) };
  } catch (error) {
    if (!isRejection(error)) throw error;
    revertTo(context, mark);
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
  const paysTaskFee = tx.operation.kind === 'submitTask';
  const payFee = (): void => {
    debit(context, tx.sender, fee, 'operation fee');
    burn(context, fee);
  };
  if (!paysTaskFee) payFee();
  const applied = attempt(context, tx, work);
  if (!(applied instanceof AivmError)) {
    const burned = paysTaskFee ? applied.burned : fee;
    return { outcome: { code: '', work, burned, nonce: tx.nonce }, error: undefined };
  }
  if (paysTaskFee) payFee();
  return { outcome: { code: applied.code, work, burned: fee, nonce: tx.nonce }, error: applied };
}
