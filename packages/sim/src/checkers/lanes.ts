import { bytesToHex } from '@aivm/core/bytes';
import type { CheckContext, CreateChecker, ObservedBlock } from './checker.ts';

/** What has a lane of its own where it takes effect: who must act in time. */
const IN_TIME: ReadonlySet<string> = new Set([
  'submitResult',
  'commitResult',
  'revealResult',
  'challenge',
  'disputeMove',
]);
/** Bytes in front of a transaction in a block. */
const LENGTH_BYTES = 4;

/** A block executes at least a quarter of each vertex that it carries. */
const EXECUTED_PARTS = 4;

/** Vertices have half of a block that has transactions of its own, and each executes a quarter of its bytes. */
function checkVertices(
  { height, block }: ObservedBlock,
  { genesis: { params }, fail }: Pick<CheckContext, 'genesis' | 'fail'>,
): void {
  const { vertices, transactions, vertexTransactionCount } = block;
  const executed = new Set(transactions.slice(0, vertexTransactionCount).map(({ id }) => bytesToHex(id)));
  for (const vertex of vertices) {
    const used = vertex.transactions.reduce(
      (sum, { id, bytes }) => sum + (executed.has(bytesToHex(id)) ? bytes.length : 0),
      0,
    );
    if (used * EXECUTED_PARTS < vertex.bytes.length)
      fail(`height ${height}: a vertex of ${vertex.bytes.length} bytes, of which ${used} were executed`);
  }
  const bytes = vertices.reduce((sum, vertex) => sum + vertex.bytes.length, 0);
  const isShared = transactions.length > vertexTransactionCount;
  if (isShared && 2 * bytes > params.maxBlockBytes)
    fail(`height ${height}: vertices took ${bytes} bytes of a block that others need too`);
}

/**
 * What anybody can send at any time takes at most three quarters of a block: else whoever pays for full blocks makes
 * others late with answers, reveals and challenges.
 */
export const createLanesChecker: CreateChecker = ({ genesis, fail }) => ({
  name: 'lanes',
  onBlock(observed) {
    const { height, block, outcomes } = observed;
    checkVertices(observed, { genesis, fail });
    const { params } = genesis;
    const used = { count: 0, work: 0, bytes: 0 };
    for (const [i, { operation, bytes }] of block.transactions.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined || (IN_TIME.has(operation.kind) && outcome.code === '')) continue;
      used.count += 1;
      used.work += outcome.work;
      used.bytes += bytes.length + LENGTH_BYTES;
    }
    const most = {
      count: Math.ceil((params.maxBlockTransactions * 3) / 4),
      work: Math.ceil((params.maxBlockWork * 3) / 4),
      bytes: Math.ceil((params.maxBlockBytes * 3) / 4),
    };
    for (const what of ['count', 'work', 'bytes'] as const) {
      if (used[what] <= most[what]) continue;
      fail(`height ${height}: what has no lane took ${what} ${used[what]}, at most ${most[what]} is for it`);
    }
  },
});
