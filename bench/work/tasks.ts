import { hashCommitment } from '@aivm/core/execute';
import {
  ProviderStatus,
  readChain,
  readParams,
  readWholePanel,
  requireProvider,
  requireTask,
  type StateReader,
  stateKeys,
  type TaskRecord,
  TaskStatus,
} from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { type BlockContext, writeTask } from '../../packages/core/src/execute/context/block-context.ts';
import {
  challengeWindowBlocks,
  taskTimeoutBlocks,
} from '../../packages/core/src/execute/context/durations.ts';
import { processCommitResult } from '../../packages/core/src/execute/operations/commit-result.ts';
import { processRevealResult } from '../../packages/core/src/execute/operations/reveal-result.ts';
import { processSubmitTask } from '../../packages/core/src/execute/operations/submit-task.ts';
import { seatProvider } from '../../packages/core/src/execute/panels/open-panel.ts';
import { requirePanel } from '../../packages/core/src/execute/panels/panel-store.ts';
import { beginObligation, liabilityOf } from '../../packages/core/src/execute/tasks/obligations.ts';
import { dequeueTask } from '../../packages/core/src/execute/tasks/queue.ts';
import { scheduleTimer } from '../../packages/core/src/execute/tasks/timers.ts';
import { TimerKind, timerHeightCodec } from '../../packages/core/src/state/records/timer.ts';
import { type Person, people } from './work-chain.ts';
import { SERVED } from './worst-provider.ts';

export const SALT = new Uint8Array(32).fill(9);
export const SEATS = 15;
/** Of an admission that is not measured: it sets the price that is burned, and nothing else. */
const WORK = 1_000;

/** An answer as long as one may be. */
export const LARGEST_OUTPUT = new Uint8Array(65_536).fill(3);

export const taskOperation = (
  id: string,
  more: Partial<OperationOf<'submitTask'>> = {},
): OperationOf<'submitTask'> => ({
  ...{
    kind: 'submitTask',
    id,
    taskType: 'inference',
    model: SERVED[0] as string,
    input: new Uint8Array(65_536),
  },
  ...{ fee: 1_000_000n, maxAdmission: 2n ** 100n, mode: 0, n: 0, maxNew: 0, deadlineBlocks: 0n },
  ...more,
});

/** Admits a task as an earlier block would have. */
export function admit(context: BlockContext, by: Person, operation: OperationOf<'submitTask'>): TaskRecord {
  processSubmitTask(context, by.address, operation, WORK);
  return requireTask(context.state, operation.id);
}

/** Gives a waiting task to a provider. */
export function assignTo(context: BlockContext, task: TaskRecord, providerId: string): TaskRecord {
  const { config, params, height } = context;
  const { id: taskId } = task;
  const timeoutAt = height + taskTimeoutBlocks(config, params);
  const stepTimer = scheduleTimer(context, timeoutAt, { kind: TimerKind.taskTimeout, taskId });
  const windowAt = timeoutAt + 64 + challengeWindowBlocks(config);
  const windowTimer = scheduleTimer(context, windowAt, { kind: TimerKind.windowEnd, taskId });
  if (stepTimer === undefined || windowTimer === undefined) throw new Error('no room for timers');
  const provider = requireProvider(context.state, providerId);
  dequeueTask(context, task);
  const assigned: TaskRecord = {
    ...task,
    ...{
      status: TaskStatus.assigned,
      attempt: 1,
      pastOperators: [provider.operator],
      assignedTo: providerId,
    },
    ...{ reservation: liabilityOf(context, task), timeoutHeight: stepTimer.height, stepTimer, windowTimer },
  };
  writeTask(context, assigned);
  beginObligation(context, provider, assigned);
  return assigned;
}

/** Gives all seats of a redundant task's panel to these providers. */
export function seatAll(context: BlockContext, taskId: string, providers: readonly string[]): void {
  for (const id of providers) {
    const panel = requirePanel(context, taskId);
    seatProvider(context, requireTask(context.state, taskId), panel, requireProvider(context.state, id));
  }
}

/** What a seat's operations name. */
function seatFacts({ state }: { readonly state: StateReader }, taskId: string, provider: string) {
  const { attempt, inputHash, weightHash } = requireTask(state, taskId);
  const whole = readWholePanel(state, taskId);
  const placed = whole?.seats.find((seat) => seat.provider === provider);
  if (whole === undefined || placed === undefined) throw new Error(`${provider} has no seat on ${taskId}`);
  const { position, round } = placed;
  return {
    taskId,
    provider,
    attempt,
    panel: whole.panel.number,
    round,
    seat: position,
    inputHash,
    weightHash,
  };
}

export function commitOperation(
  context: { readonly state: StateReader },
  taskId: string,
  provider: string,
  output: Uint8Array,
): OperationOf<'commitResult'> {
  const facts = seatFacts(context, taskId, provider);
  const { genesisHash } = readChain(context.state);
  return {
    kind: 'commitResult',
    ...facts,
    commitment: hashCommitment({ ...facts, genesisHash, vote: 0, output, salt: SALT }),
  };
}

export const revealOperation = (
  context: { readonly state: StateReader },
  taskId: string,
  provider: string,
  output: Uint8Array,
): OperationOf<'revealResult'> => ({
  ...{
    kind: 'revealResult',
    ...seatFacts(context, taskId, provider),
    vote: 0,
    output,
    computeTimeMs: 1n,
    salt: SALT,
  },
});

/** Lets members of a panel commit, and the same ones reveal. `of`: who operates a provider. */
export function commitAll(
  context: BlockContext,
  taskId: string,
  providers: readonly string[],
  outputOf: (i: number) => Uint8Array,
): void {
  for (const [i, id] of providers.entries())
    processCommitResult(context, operatorOf(context, id), commitOperation(context, taskId, id, outputOf(i)));
}

export function revealAll(
  context: BlockContext,
  taskId: string,
  providers: readonly string[],
  outputOf: (i: number) => Uint8Array,
): void {
  for (const [i, id] of providers.entries())
    processRevealResult(context, operatorOf(context, id), revealOperation(context, taskId, id, outputOf(i)));
}

const operatorOf = ({ state }: BlockContext, id: string): Uint8Array => requireProvider(state, id).operator;

/** The person behind a provider. */
export function personOf({ state }: { readonly state: StateReader }, id: string): Person {
  const { operator, status } = requireProvider(state, id);
  const found = people.find(({ address }) => address.join() === operator.join());
  if (found === undefined || status !== ProviderStatus.active) throw new Error(`nobody operates ${id}`);
  return found;
}

/** Heights behind `first` without a free slot: every search for one goes through all that it may try. */
export function fillHeights(
  { state }: BlockContext,
  first: number,
  lane: 'tasks' | 'disputes' = 'tasks',
): void {
  const { params } = readParams(state);
  const isTasks = lane === 'tasks';
  for (let height = first; height < first + 63; height++)
    state.setRecord(
      isTasks ? stateKeys.timerHeight(height) : stateKeys.disputeTimerHeight(height),
      timerHeightCodec,
      { used: 0, weight: isTasks ? params.timerSlots : params.disputeTimerSlots, firstFree: 0 },
    );
}
