import type { CreateChecker } from './checker.ts';

/** Keys that a block may change beside those of its transactions and events: the chain's own record and lists. */
const OWN_KEYS_MAX = 16;
/** Keys that one transaction or one event may change; simulated panels have at most five seats. */
const KEYS_PER_STEP_MAX = 12;
/** An operation for the kernels leaves the state, and changes two pages of its table at most; a small table is a page. */
const KEYS_PER_KERNEL_OP_MAX = 3;
/** How much deeper than a balanced tree the state tree may be on the way to one key. */
const DEPTH_FACTOR = 2;
const DEPTH_EXTRA = 6;
const LEVELS_PER_PAGE = 4;

/**
 * A block stays within its bound of work, and costs what it does and not what the chain's history holds: else the
 * chain slows down until the slowest honest node falls off.
 */
export const createWorkBoundChecker: CreateChecker = ({ genesis: { params }, mirror, fail }) => ({
  name: 'work-bound',
  onBlock({ height, block, outcomes, events, changes, result }) {
    const work = outcomes.reduce((sum, outcome) => sum + outcome.work, 0);
    if (work > params.maxBlockWork)
      fail(`height ${height}: ${work} units of work, at most ${params.maxBlockWork}`);
    if (block.bytes.length > params.maxBlockBytes) fail(`height ${height}: ${block.bytes.length} bytes`);
    if (block.transactions.length > params.maxBlockTransactions)
      fail(`height ${height}: too many transactions`);
    const steps = block.transactions.length + events.length;
    const keys = result.writes.size;
    const [chain] = changes.chain;
    const { attestationOps = 0, modelOps = 0, anchorOps = 0 } = chain?.before ?? {};
    const applied = Math.min(params.kernelOpsPerBlock, attestationOps + modelOps + anchorOps);
    if (keys > OWN_KEYS_MAX + KEYS_PER_STEP_MAX * steps + KEYS_PER_KERNEL_OP_MAX * applied)
      fail(`height ${height}: ${keys} keys changed by ${steps} steps`);
    const depth = DEPTH_FACTOR * Math.log2(mirror.size + 2) + DEPTH_EXTRA;
    const pages = result.tree.pages.size;
    if (pages > keys * (depth / LEVELS_PER_PAGE + 1))
      fail(`height ${height}: ${pages} tree pages for ${keys} keys of ${mirror.size}`);
  },
});
