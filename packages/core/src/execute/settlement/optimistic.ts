import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readReceiptFrontier, requireProvider } from '../../state/read.ts';
import { appendReceiptLeaf, receiptFrontierCodec } from '../../state/receipts-tree/frontier.ts';
import { type Provider, ProviderStatus } from '../../state/records/provider.ts';
import { type Receipt, receiptLeaf } from '../../state/records/receipt.ts';
import { NO_TIMER, Settlement, type Task, TaskStatus } from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../block-context.ts';
import { challengeWindowBlocks } from '../durations.ts';
import { releaseWeights } from '../model-weights.ts';
import { basisPointsOf, burn, credit } from '../money.ts';
import { endObligation, openResult } from '../obligations.ts';
import { adjustReputation, REPUTATION_STEP } from '../reputation.ts';
import { accrueReward } from '../rewards.ts';
import { cancelTimer, scheduleTimer } from '../timers.ts';
import { abandonAttempt } from './attempt.ts';

/** The answer of a drawn provider. */
export interface PostedResult {
  readonly output: Uint8Array;
  readonly computeTimeMs: bigint;
  readonly traceRoot: Uint8Array;
}

/** A result is posted and its challenge window opens. @throws AivmError `timers_full`. */
export function postResult(context: BlockContext, task: Task, result: PostedResult): void {
  const windowTimer = scheduleTimer(context, context.height + challengeWindowBlocks(context.config), {
    kind: TimerKind.windowEnd,
    taskId: task.id,
  });
  if (windowTimer === undefined)
    throw new AivmError('timers_full', `task "${task.id}": no slot for its window's end`);
  cancelTimer(context, task.stepTimer);
  context.state.set(stateKeys.taskOutput(task.id), result.output);
  const posted: Task = {
    ...task,
    status: TaskStatus.processing,
    settlement: Settlement.posted,
    postedAtHeight: context.height,
    postedAt: context.timestamp,
    finalAtHeight: windowTimer.height,
    stepTimer: windowTimer,
    outputHash: namedHash('Output', result.output),
    traceRoot: result.traceRoot,
    computeTimeMs: result.computeTimeMs,
  };
  writeTask(context, posted);
  openResult(context, posted);
  emitTask(context, posted, 'posted');
}

function writeReceipt(context: BlockContext, task: Task, provider: Provider): number {
  const receipt: Receipt = {
    jobId: task.id,
    providers: [provider.id],
    modelRoot: task.modelRoot,
    modelVersion: task.modelVersion,
    inputHash: task.inputHash,
    outputHash: task.outputHash,
    computeTimeMs: task.computeTimeMs,
    gpuModel: provider.gpus[0]?.model ?? '',
    mode: task.mode,
    height: context.height,
    timestamp: context.timestamp,
  };
  const leaf = receiptLeaf(receipt);
  const frontier = readReceiptFrontier(context.state);
  const appended = appendReceiptLeaf(frontier, leaf);
  context.state.setRecord(stateKeys.receiptFrontier(), receiptFrontierCodec, appended.frontier);
  context.receipts.push({ index: frontier.count, receipt, leaf });
  for (const node of appended.nodes) context.receiptNodes.push(node);
  context.events.push({ kind: 'receipt', index: frontier.count, taskId: task.id });
  return frontier.count;
}

/** Nobody proved the result wrong: the provider is paid, the receipt written, the reward accrued. */
function finalizeTask(context: BlockContext, task: Task): void {
  const feeBurn = basisPointsOf(task.escrow, context.params.feeBurnBasisPoints);
  const paid = task.escrow - feeBurn;
  burn(context, feeBurn);
  const provider = endObligation(context, task, {
    completed: true,
    latencySeconds: task.postedAt - task.assignedAt,
    feesEarned: paid,
  });
  credit(context, provider.wallet, paid);
  adjustReputation(context, provider.operator, REPUTATION_STEP.accepted);
  accrueReward(context, provider.id, task, task.burned + feeBurn);
  cancelTimer(context, task.deadlineTimer);
  releaseWeights(context, task);
  const index = writeReceipt(context, task, provider);
  const completed: Task = {
    ...task,
    status: TaskStatus.completed,
    settlement: Settlement.final,
    escrow: 0n,
    reservation: 0n,
    burned: task.burned + feeBurn,
    deadlineTimer: NO_TIMER,
    stepTimer: NO_TIMER,
    endedAtHeight: context.height,
    endedAt: context.timestamp,
    receiptNumber: index + 1,
    error: '',
  };
  writeTask(context, completed);
  updateChain(context, (chain) => ({
    tasksOpen: chain.tasksOpen - 1n,
    tasksCompleted: chain.tasksCompleted + 1n,
  }));
  emitTask(context, completed, 'final');
}

/** The window's end: final, or void where the provider was convicted meanwhile. */
export function endWindow(context: BlockContext, task: Task): void {
  const provider = requireProvider(context.state, task.assignedTo);
  if (provider.status === ProviderStatus.slashed) voidResult(context, task, 'provider_slashed');
  else finalizeTask(context, task);
}

/** The posted result falls; its obligation ends and the task is tried again or refunded. */
export function voidResult(context: BlockContext, task: Task, reason: string): void {
  endObligation(context, task, { failed: true });
  abandonAttempt(context, task, reason);
}
