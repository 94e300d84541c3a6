import { equalBytes } from '../bytes/bytes.ts';
import { serialize } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bytes32, text, u32 } from '../bytes/codec/primitives.ts';
import { namedHash } from '../crypto/named-hash.ts';
import { assert } from '../errors/aivm-error.ts';
import { LIMITS } from '../state/limits.ts';
import {
  readChain,
  readModel,
  readServedCount,
  readServedMember,
  requireProvider,
  requireTask,
} from '../state/read.ts';
import { readDispute, readPanel } from '../state/read-panel.ts';
import { CheckClass } from '../state/records/model.ts';
import type { Panel } from '../state/records/panel.ts';
import { type Provider, ProviderStatus } from '../state/records/provider.ts';
import { Settlement, type Task, TaskStatus, WaitReason } from '../state/records/task.ts';
import { TimerKind } from '../state/records/timer.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from './block-context.ts';
import { taskTimeoutBlocks } from './durations.ts';
import { beginObligation, liabilityOf } from './obligations.ts';
import { seatProvider } from './panels/open-panel.ts';
import { readSeats } from './panels/panel-store.ts';
import { dequeueTask, NOBODY, readQueueNode } from './queue.ts';
import { recoveredOperator } from './reputation.ts';
import { SERVES_ALL } from './served-lists.ts';
import { scheduleTimer } from './timers.ts';

/** A place to fill: the one of an optimistic task, or the next seat of a panel. */
interface Vacancy {
  readonly task: Task;
  readonly panel: Panel | undefined;
  readonly seat: number;
  /** Operators that may not take it, beside the requester and those that were drawn for the task before. */
  readonly excluded: readonly Uint8Array[];
}

function vacancyOf(context: BlockContext, task: Task): Vacancy {
  const panel = readPanel(context.state, task.id);
  if (panel === undefined) return { task, panel, seat: 0, excluded: [] };
  const challenger = readDispute(context.state, task.id)?.challenger;
  const seated = readSeats(context, panel).map(({ seat }) => seat.operator);
  return {
    task,
    panel,
    seat: panel.drawn,
    excluded: challenger === undefined ? seated : [...seated, challenger],
  };
}

const drawSeedCodec = struct('DrawSeed', {
  parentId: bytes32,
  taskId: text(LIMITS.idBytesMax),
  attempt: u32,
  seat: u32,
  draw: u32,
});

/**
 * A number below `bound`, from the parent block's id, which nobody knew when the task was submitted. The bias of the
 * remainder is below bound / 2^64.
 */
function drawIndex(context: BlockContext, { task, seat }: Vacancy, draw: number, bound: number): number {
  const seed = serialize(drawSeedCodec, {
    parentId: context.parentId,
    taskId: task.id,
    attempt: task.attempt,
    seat,
    draw,
  });
  const hash = namedHash('Assignment', seed);
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true) % BigInt(bound));
}

/** How many assignments a provider may hold at once: two a GPU, at least one. */
export const assignmentsMax = (context: BlockContext, provider: Provider): number =>
  Math.min(context.config.maxTasksPerProvider, Math.max(1, 2 * provider.gpus.length));

function isEligible(context: BlockContext, provider: Provider, { task, excluded }: Vacancy): boolean {
  const { config, params, state } = context;
  const operator = recoveredOperator(state, provider.operator);
  return (
    provider.status === ProviderStatus.active &&
    provider.bond >= config.minProviderBond &&
    provider.bond - provider.reserved >= liabilityOf(context, task.fee) &&
    provider.assigned.length < assignmentsMax(context, provider) &&
    provider.openResults < params.maxOpenResults &&
    !operator.convicted &&
    operator.reputation >= params.minReputation &&
    (!config.requireTEEAttestation || provider.attested) &&
    !equalBytes(provider.operator, task.requester) &&
    !task.pastOperators.some((past) => equalBytes(past, provider.operator)) &&
    !excluded.some((operator) => equalBytes(operator, provider.operator))
  );
}

/** Remaining draws of a block, shared by all its tasks: the bound of an assignment's work. */
interface Budget {
  tries: number;
}

/** Draws without replacement until somebody is eligible, everybody was drawn, or the budget is spent. */
function drawProvider(context: BlockContext, vacancy: Vacancy, budget: Budget): Provider | undefined {
  const { task } = vacancy;
  const model = readModel(context.state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  const named = readServedCount(context.state, task.model);
  const servedByAll = model.genesis || model.checkClass !== CheckClass.opaque;
  const total = named + (servedByAll ? readServedCount(context.state, SERVES_ALL) : 0);
  const moved = new Map<number, number>();
  for (let draw = 0; draw < total && budget.tries > 0; draw++) {
    budget.tries -= 1;
    const picked = draw + drawIndex(context, vacancy, draw, total - draw);
    const position = moved.get(picked) ?? picked;
    moved.set(picked, moved.get(draw) ?? draw);
    const id =
      position < named
        ? readServedMember(context.state, task.model, position)
        : readServedMember(context.state, SERVES_ALL, position - named);
    const provider = requireProvider(context.state, id);
    if (isEligible(context, provider, vacancy)) return provider;
  }
  return undefined;
}

function assign(context: BlockContext, task: Task, provider: Provider): boolean {
  const timeoutTimer = scheduleTimer(
    context,
    context.height + taskTimeoutBlocks(context.config, context.params),
    {
      kind: TimerKind.taskTimeout,
      taskId: task.id,
    },
  );
  if (timeoutTimer === undefined) return false;
  dequeueTask(context, task);
  const assigned: Task = {
    ...task,
    status: TaskStatus.assigned,
    waitReason: WaitReason.none,
    attempt: task.attempt + 1,
    pastOperators: [...task.pastOperators, provider.operator],
    assignedTo: provider.id,
    reservation: liabilityOf(context, task.fee),
    assignedAtHeight: context.height,
    assignedAt: context.timestamp,
    timeoutHeight: timeoutTimer.height,
    stepTimer: timeoutTimer,
  };
  writeTask(context, assigned);
  beginObligation(context, provider, assigned);
  emitTask(context, assigned, 'assigned');
  return true;
}

const fill = (context: BlockContext, { task, panel }: Vacancy, provider: Provider): boolean =>
  panel === undefined ? assign(context, task, provider) : seatProvider(context, task, panel, provider);

function noteWaiting(context: BlockContext, task: Task, waitReason: WaitReason): void {
  if (task.waitReason === waitReason) return;
  writeTask(context, { ...task, waitReason });
}

/**
 * Gives queued tasks to providers, one seat of a panel a block, from where the last block stopped. Bounded by maxAssignmentsPerBlock, by
 * assignmentTriesPerBlock draws and visits together, and by one visit to each task.
 */
export function assignPendingTasks(context: BlockContext): void {
  const { queueCount, queueCursor, queueHead } = readChain(context.state);
  if (queueCount === 0) return;
  const budget: Budget = { tries: context.params.assignmentTriesPerBlock };
  let cursor = queueCursor === NOBODY ? queueHead : queueCursor;
  let assignments = 0;
  for (let visited = 0; visited < queueCount && cursor !== NOBODY; visited++) {
    if (budget.tries <= 0 || assignments >= context.params.maxAssignmentsPerBlock) break;
    budget.tries -= 1;
    const task = requireTask(context.state, cursor);
    const { next } = readQueueNode(context, cursor);
    if (context.height < task.deadlineHeight || task.settlement === Settlement.disputed) {
      const vacancy = vacancyOf(context, task);
      const provider = drawProvider(context, vacancy, budget);
      if (provider === undefined) noteWaiting(context, task, WaitReason.noProvider);
      else if (fill(context, vacancy, provider)) assignments += 1;
      else noteWaiting(context, task, WaitReason.timersFull);
    }
    cursor = next === NOBODY ? readChain(context.state).queueHead : next;
  }
  updateChain(context, () => ({ queueCursor: cursor }));
}
