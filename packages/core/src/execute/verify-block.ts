import { type BlockHeader, blockHeaderCodec, type StatelessBlock, TIMESTAMP_MAX } from '../block/block.ts';
import { equalBytes } from '../bytes/bytes.ts';
import { serialize } from '../bytes/codec/codec.ts';
import { AivmError, requireThat } from '../errors/aivm-error.ts';
import type { KernelBackend } from '../kernels/backend.ts';
import { transactionWork } from '../tx/work.ts';
import { applyTransaction } from './apply-transaction.ts';
import type { BlockContext } from './block-context.ts';
import { isCanonicalOrder } from './canonical-order.ts';
import { type BlockParent, beginBlock, createContext, createHeader, finishBlock } from './execute-block.ts';
import { isRejection } from './rejection.ts';
import type { ExecutionResult, Outcome } from './result.ts';

const invalid = (condition: boolean, detail: () => string): void =>
  requireThat(condition, 'block_invalid', detail);

function checkPlace(parent: BlockParent, header: BlockHeader): void {
  invalid(equalBytes(header.parentId, parent.id), () => 'parentId: not the parent');
  invalid(header.chainId === parent.header.chainId, () => `chainId: ${header.chainId}`);
  invalid(
    header.height === parent.header.height + 1,
    () => `height: ${header.height} on a parent at ${parent.header.height}`,
  );
  invalid(
    header.timestamp >= parent.header.timestamp,
    () => `timestamp: ${header.timestamp} is before the parent's ${parent.header.timestamp}`,
  );
  invalid(
    header.timestamp <= TIMESTAMP_MAX,
    () => `timestamp: ${header.timestamp}, at most ${TIMESTAMP_MAX}`,
  );
}

function checkLimits(context: BlockContext, { bytes, transactions }: StatelessBlock): void {
  const { params } = context;
  invalid(
    bytes.length <= params.maxBlockBytes,
    () => `${bytes.length} bytes, at most ${params.maxBlockBytes}`,
  );
  invalid(
    transactions.length <= params.maxBlockTransactions,
    () => `${transactions.length} transactions, at most ${params.maxBlockTransactions}`,
  );
  const work = transactions.reduce((sum, tx) => sum + transactionWork(tx), 0);
  invalid(work <= params.maxBlockWork, () => `${work} units of work, at most ${params.maxBlockWork}`);
}

/** Names the first member in which the header differs from what execution gave. */
function checkHeader(header: BlockHeader, expected: BlockHeader): void {
  for (const member of blockHeaderCodec.members ?? []) {
    const name = member.name as keyof BlockHeader;
    const same = equalBytes(serialize(member.codec, header[name]), serialize(member.codec, expected[name]));
    invalid(same, () => `${name}: execution gives another value`);
  }
}

/**
 * Re-executes a block on its parent and compares every member of its header. Nothing is stored.
 * @throws AivmError `block_invalid`
 */
export function verifyBlock({
  parent,
  block,
  kernels,
}: {
  readonly parent: BlockParent;
  readonly block: StatelessBlock;
  /** As for building. */
  readonly kernels?: KernelBackend;
}): ExecutionResult {
  const { header, transactions } = block;
  checkPlace(parent, header);
  const { height, timestamp } = header;
  const context = createContext(parent.state, { height, timestamp, parentId: parent.id }, kernels);
  checkLimits(context, block);
  invalid(isCanonicalOrder(parent.id, transactions), () => 'transactions are not in canonical order');
  beginBlock(context);
  const outcomes: Outcome[] = [];
  const details: string[] = [];
  for (const [i, tx] of transactions.entries()) {
    try {
      const { outcome, error } = applyTransaction(context, tx);
      outcomes.push(outcome);
      details.push(error?.detail ?? '');
    } catch (cause) {
      if (!isRejection(cause)) throw cause;
      throw new AivmError('block_invalid', `transaction ${i}: ${cause.message}`, { cause });
    }
  }
  const result = finishBlock(context, parent.state, { outcomes, details });
  checkHeader(header, createHeader(context, transactions, result));
  return result;
}
