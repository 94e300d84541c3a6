import { ZERO_32 } from '../../bytes/bytes.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { isId } from '../../state/limits.ts';
import { readAccount, readChain, readModel, readTask } from '../../state/read.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import { PanelKind } from '../../state/records/panel.ts';
import {
  NO_DRAW,
  NO_TIMER,
  Settlement,
  TASK_TYPES,
  type TaskRecord,
  TaskStatus,
  WaitReason,
} from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { type BlockContext, emitTask, updateChain, writeTask } from '../context/block-context.ts';
import { largestFee } from '../context/largest-fee.ts';
import { partOf, partsOf } from '../context/parts.ts';
import { admissionOf } from '../economy/admission.ts';
import { burn, debit } from '../economy/money.ts';
import type { TaskMeasure } from '../models/model-class.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { retainWeights } from '../models/weights.ts';
import { openPanel } from '../panels/open-panel.ts';
import { listsServing } from '../providers/provider-lists.ts';
import { countServingOperators } from '../providers/served-lists.ts';
import { enqueueTask, readModelQueue } from '../tasks/queue.ts';
import { panelSeats, type TaskTerms, taskTerms } from '../tasks/terms.ts';
import { scheduleTimer } from '../tasks/timers.ts';

/** What the queue may add to the price of an admission where the signer sets no bound. */
const ADMISSION_MULTIPLE = 4n;

type SubmitTask = OperationOf<'submitTask'>;

function deadlineBlocksOf(context: BlockContext, operation: SubmitTask): number {
  const { defaultDeadlineBlocks, maxDeadlineBlocks } = context.params;
  if (operation.deadlineBlocks === 0n) return defaultDeadlineBlocks;
  requireThat(
    operation.deadlineBlocks <= BigInt(maxDeadlineBlocks),
    'out_of_range',
    () => `deadlineBlocks: ${operation.deadlineBlocks}, at most ${maxDeadlineBlocks}`,
  );
  return Number(operation.deadlineBlocks);
}

function checkShape(context: BlockContext, operation: SubmitTask, model: ModelRecord): TaskMeasure {
  const modelClass = modelClassOf(model);
  const most = modelClass.inputBytesMax(context.params);
  requireThat(
    operation.input.length <= most,
    'too_large',
    () => `input: ${operation.input.length} bytes, at most ${most}`,
  );
  const measure = modelClass.measureTask(context, operation, model);
  requireThat(
    operation.maxNew === 0 || measure.maxNew > 0,
    'invalid_task',
    () => `maxNew ${operation.maxNew}: model "${model.id}" is no decoder, leave it zero`,
  );
  return measure;
}

/** The fee is within the chain's bounds, and what each provider is paid covers the work of the longest answer. */
function checkFee(context: BlockContext, fee: bigint, { n }: TaskTerms, { maxWork }: TaskMeasure): void {
  const most = largestFee(context.config, context.params);
  requireThat(fee <= most, 'fee_too_high', () => `fee ${fee}: minProviderBond covers fees up to ${most}`);
  const least = maxWork * context.params.workUnitPrice;
  requireThat(
    partOf(context, { fee, n }) >= least,
    'fee_too_low',
    () => `fee ${fee}: the longest answer takes ${maxWork} of work, which costs ${least}`,
  );
}

/** The queue has room, and neither a sender nor a model holds more than half of it: one that nobody serves would fill it. */
function checkQueue(context: BlockContext, sender: Uint8Array, model: string): void {
  const { maxTaskQueueSize } = context.config;
  const { queueCount } = readChain(context.state);
  const half = Math.max(1, Math.floor(maxTaskQueueSize / 2));
  requireThat(
    readAccount(context.state, sender).pendingTasks < half,
    'queue_full',
    () => `this account already has ${half} pending tasks, the maximum`,
  );
  requireThat(
    readModelQueue(context.state, model) < half,
    'queue_full',
    () => `model "${model}" already has ${half} pending tasks, the maximum`,
  );
  requireThat(
    queueCount < maxTaskQueueSize,
    'queue_full',
    () => `${queueCount} tasks wait, at most ${maxTaskQueueSize}`,
  );
}

/** Operators that must hold the blob of a network before somebody pays for its work. */
const HOLDERS_MIN = 3;

/** A blob that only its owner and the requester have is withheld from everybody who could judge the answer. */
function checkServable({ state }: BlockContext, sender: Uint8Array, model: ModelRecord): void {
  if (modelClassOf(model).weights !== 'held') return;
  const holders = countServingOperators(state, listsServing(model, model), [sender, model.owner]);
  requireThat(
    holders >= HOLDERS_MIN,
    'not_servable',
    () =>
      `${holders} operators beside owner and requester hold the blob of model "${model.id}"; at least ${HOLDERS_MIN}`,
  );
}

/** Operators beside a committee, so that accused and challenger may be among those who serve the model. */
const COMMITTEE_SPARE = 2;

/**
 * Whether a wrong answer can be shown: where the chain judges by itself always, a panel by its own majority, and else
 * where enough operators serve the model for a committee. Fixed at the submission, so that nobody can take away or bring
 * about by leaving or joining what the requester was told.
 */
function isVerifiable(
  { config, state }: BlockContext,
  sender: Uint8Array,
  model: ModelRecord,
  { n }: TaskTerms,
): boolean {
  const modelClass = modelClassOf(model);
  if (modelClass.judge.kind !== 'committee' || n > 0) return true;
  const others = (): number => countServingOperators(state, listsServing(model, model), [sender]);
  return modelClass.isComparable(model) && others() >= panelSeats(config) + COMMITTEE_SPARE;
}

interface Admission {
  readonly model: ModelRecord;
  readonly admission: bigint;
  readonly deadlineBlocks: number;
  readonly terms: TaskTerms;
  readonly measure: TaskMeasure;
}

/** Every check in the order in which the protocol makes them; nothing is changed. */
function checkTask(
  context: BlockContext,
  sender: Uint8Array,
  operation: SubmitTask,
  work: number,
): Admission {
  const { feeFloor } = context.params;
  requireThat(
    operation.fee >= feeFloor,
    'fee_too_low',
    () => `fee ${operation.fee} is below the floor ${feeFloor}`,
  );
  requireThat(
    isId(operation.id),
    'malformed',
    () => `task id "${operation.id}": 1–64 of A–Z a–z 0–9 . _ : -`,
  );
  requireThat(
    readTask(context.state, operation.id) === undefined,
    'id_taken',
    () => `task "${operation.id}" exists`,
  );
  requireThat(
    (TASK_TYPES as readonly string[]).includes(operation.taskType),
    'invalid_task',
    () => `type "${operation.taskType}": expected one of ${TASK_TYPES.join(', ')}`,
  );
  const model = readModel(context.state, operation.model);
  if (model === undefined)
    throw new AivmError('unknown_model', `model "${operation.model}" is not registered`);
  const measure = checkShape(context, operation, model);
  const terms = taskTerms(context, operation, model);
  checkFee(context, operation.fee, terms, measure);
  const deadlineBlocks = deadlineBlocksOf(context, operation);
  const { queueCount } = readChain(context.state);
  const admission = admissionOf(context, { deadlineBlocks, work, queueCount });
  checkServable(context, sender, model);
  checkQueue(context, sender, model.id);
  const plain = admissionOf(context, { deadlineBlocks, work, queueCount: 0 });
  const most = operation.maxAdmission === 0n ? ADMISSION_MULTIPLE * plain : operation.maxAdmission;
  requireThat(
    admission <= most,
    'admission_too_dear',
    () => `admission ${admission}: the queue is long, and maxAdmission allows ${most}`,
  );
  return { model, admission, deadlineBlocks, terms, measure };
}

/** Admits a task to the queue and burns its admission. */
export function processSubmitTask(
  context: BlockContext,
  sender: Uint8Array,
  operation: SubmitTask,
  work: number,
): void {
  const { model, admission, deadlineBlocks, terms, measure } = checkTask(context, sender, operation, work);
  const escrow = partsOf(context, { fee: operation.fee, n: terms.n });
  debit(context, sender, escrow + admission, 'parts and admission of the task');
  burn(context, admission);
  const deadlineTimer = scheduleTimer(context, context.height + deadlineBlocks, {
    kind: TimerKind.taskDeadline,
    taskId: operation.id,
    weight: terms.seats,
  });
  if (deadlineTimer === undefined)
    throw new AivmError('timers_full', `task "${operation.id}": no slot for its deadline`);
  retainWeights(context, model);
  const task: TaskRecord = {
    id: operation.id,
    type: operation.taskType,
    model: model.id,
    requester: sender,
    fee: operation.fee,
    mode: terms.mode,
    m: terms.m,
    n: terms.n,
    modelRoot: model.modelRoot,
    weightHash: model.weightHash,
    modelVersion: model.version,
    checkClass: model.checkClass,
    verifiable: isVerifiable(context, sender, model, terms),
    inputHash: namedHash('Input', operation.input),
    inputBytes: operation.input.length,
    ...measure,
    work: 0n,
    status: TaskStatus.pending,
    settlement: Settlement.open,
    waitReason: WaitReason.none,
    attempt: 0,
    panels: 0,
    errors: 0,
    pastOperators: [],
    draw: NO_DRAW,
    assignedTo: '',
    reservation: 0n,
    escrow,
    burned: admission,
    createdAtHeight: context.height,
    createdAt: context.timestamp,
    assignedAtHeight: 0,
    assignedAt: 0,
    postedAtHeight: 0,
    postedAt: 0,
    timeoutHeight: 0,
    deadlineHeight: deadlineTimer.height,
    finalAtHeight: 0,
    endedAtHeight: 0,
    endedAt: 0,
    deadlineTimer,
    stepTimer: NO_TIMER,
    windowTimer: NO_TIMER,
    outputHash: ZERO_32,
    computeTimeMs: 0n,
    usable: false,
    receiptNumber: 0,
    error: '',
  };
  writeTask(context, task);
  context.state.set(stateKeys.taskInput(task.id), operation.input);
  enqueueTask(context, task);
  if (terms.n > 0) openPanel(context, task, { kind: PanelKind.redundant, m: terms.m, n: terms.n });
  updateChain(context, (chain) => ({ tasksOpen: chain.tasksOpen + 1n }));
  emitTask(context, task, 'submitted');
}
