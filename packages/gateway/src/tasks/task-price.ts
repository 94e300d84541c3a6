import type { ChainConfig, ModelInfo, SubmittedTask, Task } from '@aivm/sdk';
import type { OwnOptions } from '../openai/requests.ts';

/** The `verificationMode` of a chain that asks a panel unless a task says otherwise. */
const CHAIN_ASKS_PANELS = 1;
const TOKEN_BYTES = 4;
/** Blocks that the fee's floor buys of waiting; what a submission costs more at most where the queue is long. */
const FLOOR_BLOCKS = 1_000;
const ADMISSION_MULTIPLE = 4n;
/** More work than a submission with this input is. */
const WORK = 4_000;
const WORK_PER_BYTE = 4;
const BASIS_POINTS = 10_000n;

/** What a task may cost: what its providers are paid for the longest answer, and what may be burned to admit it. */
export interface Price {
  readonly parts: bigint;
  readonly maxAdmission: bigint;
  /** Of what providers are paid, this many ten-thousandths are burned. */
  readonly feeBurn: bigint;
}

const larger = (left: bigint, right: bigint): bigint => (left > right ? left : right);

/** What a task may cost before it is sent. */
export function priceOf(
  { config, params }: ChainConfig,
  {
    fee,
    own,
    info,
    inputBytes,
    deadlineBlocks,
  }: {
    readonly fee: bigint;
    readonly own: OwnOptions | undefined;
    readonly info: Pick<ModelInfo, 'check_class' | 'deterministic'>;
    readonly inputBytes: number;
    readonly deadlineBlocks: number;
  },
): Price {
  const floor = params.feeFloor * BigInt(Math.ceil(deadlineBlocks / FLOOR_BLOCKS));
  const work = params.workPrice * BigInt(WORK + WORK_PER_BYTE * inputBytes);
  const maxAdmission = ADMISSION_MULTIPLE * larger(floor, work);
  const feeBurn = BigInt(params.feeBurnBasisPoints);
  // A chain may ask several providers by itself, where their answers can be compared.
  const isComparable = info.check_class !== 'int8-graph' && info.deterministic;
  const isPanel =
    own?.mode === 'redundant' || (config.verificationMode === CHAIN_ASKS_PANELS && isComparable);
  if (!isPanel) return { parts: fee, maxAdmission, feeBurn };
  const seats = own?.n ?? 2 * config.redundancyFactor - 1;
  return { parts: larger(fee, params.seatFee) * BigInt(seats), maxAdmission, feeBurn };
}

/** What of a payment for the longest answer this one earns: by its work. */
function earnedOf(
  payment: bigint,
  task: Task,
  { model: { network }, maxNew, input }: Pick<SubmittedTask, 'model' | 'maxNew' | 'input'>,
): bigint {
  if (network === undefined || task.output_bytes === undefined) return payment;
  const prompt = input.length / TOKEN_BYTES;
  const added = network.form === 'decoder' ? task.output_bytes.length / TOKEN_BYTES : 0;
  const most = network.workOf(prompt, maxNew);
  return most === 0n ? payment : (payment * network.workOf(prompt, added)) / most;
}

/** What a task that is answered or over costs: what is burned, and what its answer earns. */
export function costOf(
  task: Task,
  submitted: Pick<SubmittedTask, 'model' | 'maxNew' | 'input'>,
  { parts, feeBurn }: Price,
): bigint {
  if (task.status === 'failed') return task.burned;
  if (task.status !== 'completed') return task.burned + earnedOf(task.escrow, task, submitted);
  // What was burned of the payment is in `burned` already.
  const earned = earnedOf(parts, task, submitted);
  return task.burned + earned - (earned * feeBurn) / BASIS_POINTS;
}
