import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readReceiptFrontier, requireProvider } from '../../state/read.ts';
import { liveAttestation } from '../../state/read-attestation.ts';
import {
  appendReceiptLeaf,
  isReceiptsTreeFull,
  receiptFrontierCodec,
} from '../../state/receipts-tree/frontier.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import { type Receipt, receiptLeaf } from '../../state/records/receipt.ts';
import { NO_TIMER, Settlement, type TaskRecord, TaskStatus } from '../../state/records/task.ts';
import {
  type BlockContext,
  emitTask,
  updateChain,
  writeProvider,
  writeTask,
} from '../context/block-context.ts';
import { partOf } from '../context/parts.ts';
import { basisPointsOf, burn, credit } from '../economy/money.ts';
import { adjustReputation, REPUTATION_STEP } from '../economy/reputation.ts';
import { accrueReward } from '../economy/rewards.ts';
import { releaseWeights } from '../models/weights.ts';
import { cancelTimer } from '../tasks/timers.ts';

/** Pays one provider out of the task's escrow: feeBurn of it is burned. @returns what was burned. */
export function payProvider(context: BlockContext, providerId: string, amount: bigint): bigint {
  const feeBurn = basisPointsOf(amount, context.params.feeBurnBasisPoints);
  const provider = requireProvider(context.state, providerId);
  burn(context, feeBurn);
  credit(context, provider.wallet, amount - feeBurn);
  writeProvider(context, { ...provider, feesEarned: provider.feesEarned + amount - feeBurn });
  adjustReputation(context, provider.operator, REPUTATION_STEP.accepted);
  return feeBurn;
}

/** As the GPUs' vendor signed it; empty where nothing was attested. A receipt is proof, so hearsay is not in it. */
function attestedGpuModel({ state, timestamp }: BlockContext, [first]: readonly ProviderRecord[]): string {
  return first === undefined ? '' : (liveAttestation(state, first.id, timestamp)?.gpuModel ?? '');
}

/**
 * Appends the task's receipt to the log. A full log changes nothing for the task: it settles without a receipt, because
 * this runs inside timers, which must not fail.
 * @returns the receipt's index plus 1, or 0 if the log is full
 */
function writeReceipt(context: BlockContext, task: TaskRecord, providers: readonly ProviderRecord[]): number {
  const frontier = readReceiptFrontier(context.state);
  if (isReceiptsTreeFull(frontier)) return 0;
  const receipt: Receipt = {
    jobId: task.id,
    providers: providers.map((provider) => provider.id),
    modelRoot: task.modelRoot,
    modelVersion: task.modelVersion,
    inputHash: task.inputHash,
    outputHash: task.outputHash,
    computeTimeMs: task.computeTimeMs,
    gpuModel: attestedGpuModel(context, providers),
    mode: task.mode,
    height: context.height,
    timestamp: context.timestamp,
  };
  const leaf = receiptLeaf(receipt);
  const appended = appendReceiptLeaf(frontier, leaf);
  context.state.setRecord(stateKeys.receiptFrontier(), receiptFrontierCodec, appended.frontier);
  context.receipts.push({ index: frontier.count, receipt, leaf });
  for (const node of appended.nodes) context.receiptNodes.push(node);
  context.events.push({ kind: 'receipt', index: frontier.count, taskId: task.id });
  return appended.frontier.count;
}

/** Who did a task, and how fast the rewarded answer came. */
export interface Completion {
  readonly provider: string;
  readonly answeredWithinOneBlock: boolean;
}

/** What an answer earns of a part: by its work, where the class measures it, against that of the longest one. */
const earnedOf = ({ work, maxWork }: TaskRecord, part: bigint): bigint =>
  maxWork === 0n ? part : (part * work) / maxWork;

/**
 * The one good end of a task: each provider is paid its part out of the escrow, the receipt is written, rewards accrue,
 * and what is left, with the parts of seats that were drawn in vain, goes back to the requester.
 */
export function completeTask(context: BlockContext, task: TaskRecord, by: readonly Completion[]): void {
  assert(by.length >= 1 && by.length <= Math.max(1, task.n), 'a task that nobody completed');
  const part = earnedOf(task, partOf(context, task));
  let burned = task.burned;
  for (const { provider } of by) burned += payProvider(context, provider, part);
  credit(context, task.requester, task.escrow - part * BigInt(by.length));
  for (const completion of by) accrueReward(context, completion, burned / BigInt(by.length));
  cancelTimer(context, task.deadlineTimer);
  releaseWeights(context, task);
  const receiptNumber = writeReceipt(
    context,
    task,
    by.map(({ provider }) => requireProvider(context.state, provider)),
  );
  const completed: TaskRecord = {
    ...task,
    status: TaskStatus.completed,
    settlement: Settlement.final,
    escrow: 0n,
    reservation: 0n,
    burned,
    deadlineTimer: NO_TIMER,
    stepTimer: NO_TIMER,
    endedAtHeight: context.height,
    endedAt: context.timestamp,
    usable: true,
    receiptNumber,
    error: '',
  };
  writeTask(context, completed);
  updateChain(context, (chain) => ({
    tasksOpen: chain.tasksOpen - 1n,
    tasksCompleted: chain.tasksCompleted + 1n,
    epochReceipts: chain.epochReceipts + 1n,
  }));
  emitTask(context, completed, 'final');
}
