import { BLOCK_VERSION, type BlockHeader, transactionsRoot, verticesRoot } from '../../block/block.ts';
import type { StatelessVertex } from '../../block/vertex.ts';
import { ZERO_32 } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { hexToBytes } from '../../bytes/hex.ts';
import { merkleListRoot } from '../../crypto/merkle-list.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import type { KernelBackend } from '../../kernels/backend.ts';
import { referenceBackend } from '../../kernels/reference-backend.ts';
import { updateStateTree } from '../../state/commitment/update-state-tree.ts';
import { Overlay } from '../../state/overlay.ts';
import { readChain, readParams, readReceiptFrontier } from '../../state/read.ts';
import { receiptsRoot } from '../../state/receipts-tree/frontier.ts';
import type { CommittedState, StateReader } from '../../state/state-view.ts';
import type { Transaction } from '../../tx/transaction.ts';
import { assignPendingTasks } from '../assignment/assignment.ts';
import { recordParentBlock } from '../attestation/recent-blocks.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';
import { fillsHalf } from '../context/block-room.ts';
import { type ExecutionResult, type Outcome, outcomeCodec } from '../context/result.ts';
import { nextSeed } from '../context/seed.ts';
import { settleProofs } from '../disputes/settle-proofs.ts';
import { closeEpochIfDue } from '../economy/rewards.ts';
import { queueAnchorIfDue } from '../epochs/anchors.ts';
import { applyKernelOps, closeKernelEpoch } from '../epochs/kernel-round.ts';
import { expelOne } from '../providers/convicted-operators.ts';
import { runTimers } from '../tasks/timers.ts';
import { runTaskTimer } from './task-timers.ts';

/** The block that a new one extends, with the state after it. */
export interface BlockParent {
  readonly id: Uint8Array;
  readonly header: BlockHeader;
  readonly state: CommittedState;
}

/** What a context needs of the block before. */
type ContextParent = Pick<BlockParent, 'id'> & {
  readonly header: Pick<BlockHeader, 'height' | 'stateRoot'>;
  readonly state: StateReader;
};

/** A context for the block after `parent`. `beacon`: as its header will have it, zero by default. */
export function createContext(
  { id: parentId, header, state: base }: ContextParent,
  { timestamp, beacon = ZERO_32 }: { readonly timestamp: number; readonly beacon?: Uint8Array | undefined },
  kernels: KernelBackend = referenceBackend,
): BlockContext {
  const state = new Overlay(base);
  const { config, params } = readParams(base);
  const seed = nextSeed({ seed: readChain(base).seed, stateRoot: header.stateRoot, beacon });
  const block = { height: header.height + 1, timestamp, parentId, beacon, seed };
  const made = { events: [], receipts: [], receiptNodes: [], proofs: [], disputeRooms: [] };
  return { state, config, params, ...block, kernels, ...made };
}

/** What every block begins with: the seed, the parent's id, the epoch's end or the kernels, timers, providers of convicted operators, assignment. */
export function beginBlock(context: BlockContext): void {
  updateChain(context, () => ({ seed: context.seed }));
  recordParentBlock(context);
  if (closeEpochIfDue(context)) closeKernelEpoch(context);
  else applyKernelOps(context);
  runTimers(context, (timer) => runTaskTimer(context, timer));
  expelOne(context);
  assignPendingTasks(context);
}

/** Outcomes and the words for them, as a block collects them. */
export interface BlockOutcomes {
  readonly outcomes: readonly Outcome[];
  readonly details: readonly string[];
}

/**
 * Clocks of games stand for a block after which challenges and moves filled half of the room that only they have: whoever
 * must move then may find none. Those that take effect count, so that a block of refused ones stops no clock.
 */
function countStanding(context: BlockContext): void {
  if (fillsHalf(context.params, context.disputeRooms))
    updateChain(context, ({ stood }) => ({ stood: stood + 1 }));
}

/** Everything that the finished context changed. Hashes about depth × changed keys nodes of the tree. */
export function finishBlock(
  context: BlockContext,
  parent: Pick<CommittedState, 'getPage' | 'root'>,
  { outcomes, details }: BlockOutcomes,
): ExecutionResult {
  settleProofs(context);
  countStanding(context);
  queueAnchorIfDue(context);
  const writes = context.state.writes();
  const changes = [...writes].map(([hexKey, value]) => [hexToBytes(hexKey), value] as const);
  return {
    writes,
    tree: updateStateTree(parent, parent.root, changes),
    outcomes,
    details,
    receipts: context.receipts,
    receiptNodes: context.receiptNodes,
    events: context.events,
  };
}

/** The root that a header carries for the outcomes of its block's transactions. */
export const outcomesRoot = (outcomes: readonly Outcome[]): Uint8Array =>
  merkleListRoot(
    'Outcomes',
    outcomes.map((outcome) => namedHash('Outcome', serialize(outcomeCodec, outcome))),
  );

/** The header that commits to a finished block. */
export function createHeader(
  context: BlockContext,
  {
    transactions,
    vertices,
  }: { readonly transactions: readonly Transaction[]; readonly vertices: readonly StatelessVertex[] },
  result: ExecutionResult,
): BlockHeader {
  const frontier = readReceiptFrontier(context.state);
  return {
    version: BLOCK_VERSION,
    chainId: readChain(context.state).chainId,
    parentId: context.parentId,
    height: context.height,
    timestamp: context.timestamp,
    beacon: context.beacon,
    verticesRoot: verticesRoot(vertices),
    transactionsRoot: transactionsRoot(transactions),
    outcomesRoot: outcomesRoot(result.outcomes),
    receiptsRoot: receiptsRoot(frontier),
    receiptCount: frontier.count,
    aivmStateRoot: readChain(context.state).aivmStateRoot,
    stateRoot: result.tree.root,
  };
}
