import type { WdbcRow } from 'aivm';

/** What became of one row. */
export interface DemoTask {
  readonly row: number;
  /** The answer that stands, −128…127; undefined where none does. */
  readonly output: number | undefined;
  readonly provider: string;
  readonly settlement: string;
  readonly receiptIndex: number | undefined;
}

/** One provider caught and punished. Amounts in the smallest unit. */
export interface DemoConviction {
  readonly provider: string;
  readonly taskId: string;
  readonly operator: Uint8Array;
  readonly challenger: Uint8Array;
  readonly forfeited: bigint;
  /** To the challenger. */
  readonly rewarded: bigint;
  readonly burned: bigint;
}

/** Where all the money is, and whether it adds up. */
export interface DemoSupply {
  readonly balances: bigint;
  readonly bonds: bigint;
  readonly escrow: bigint;
  readonly deposits: bigint;
  readonly unclaimedRewards: bigint;
  readonly burned: bigint;
  readonly total: bigint;
  readonly expected: bigint;
  readonly balanced: boolean;
}

/** Everything that the demo has to tell at its end. */
export interface DemoOutcome {
  readonly rows: readonly WdbcRow[];
  readonly tasks: readonly DemoTask[];
  readonly convictions: readonly DemoConviction[];
  /** Wrong answers that the watcher found. */
  readonly liesFound: number;
  readonly supply: DemoSupply;
  /** The receipt that was checked offline, and whether it held. */
  readonly receipt: { readonly index: number; readonly isValid: boolean } | undefined;
  readonly height: number;
  readonly elapsedMs: number;
}

/** A wrong answer that became final. */
export interface DemoLie {
  readonly row: number;
  readonly output: number | undefined;
  readonly right: number;
  readonly provider: string;
}

/** What the outcome is worth. */
export interface DemoVerdict {
  readonly finalCount: number;
  readonly lies: readonly DemoLie[];
  /** Rows whose final class (benign or malignant) is the diagnosis, among all and among those never trained on. */
  readonly agree: { readonly all: number; readonly test: number; readonly testTotal: number };
  readonly failures: readonly string[];
}

const isBenign = (output: number): boolean => output >= 0;

/** Compares every answer with the expected one, which the demo did not compute, and with the diagnosis. */
export function judgeAnswers(outcome: Pick<DemoOutcome, 'rows' | 'tasks'>): DemoVerdict {
  const taskByRow = new Map(outcome.tasks.map((task) => [task.row, task]));
  const lies: DemoLie[] = [];
  const agree = { all: 0, test: 0, testTotal: 0 };
  let finalCount = 0;
  for (const { row, y0, label, isTest } of outcome.rows) {
    const task = taskByRow.get(row);
    const isFinal = task?.settlement === 'final';
    if (isFinal) finalCount += 1;
    if (isFinal && task.output !== y0) {
      lies.push({ row, output: task.output, right: y0, provider: task.provider });
    }
    const agrees = isFinal && task.output !== undefined && isBenign(task.output) === (label === 1);
    if (agrees) agree.all += 1;
    if (isTest) agree.testTotal += 1;
    if (isTest && agrees) agree.test += 1;
  }
  const failures: string[] = [];
  if (finalCount !== outcome.rows.length) {
    failures.push(`${outcome.rows.length - finalCount} of ${outcome.rows.length} rows are not final`);
  }
  if (lies.length > 0) failures.push(`${lies.length} wrong answers became final`);
  return { finalCount, lies, agree, failures };
}

/** Judges the whole outcome: answers, convictions, books. */
export function judgeOutcome(outcome: DemoOutcome, expectedConvict: string): DemoVerdict {
  const answers = judgeAnswers(outcome);
  const failures = [...answers.failures];
  if (!outcome.convictions.some(({ provider }) => provider === expectedConvict)) {
    failures.push('the dishonest provider was not convicted');
  }
  if (outcome.convictions.some(({ provider }) => provider !== expectedConvict)) {
    failures.push('an honest provider was convicted');
  }
  if (!outcome.supply.balanced) failures.push('the books do not balance');
  if (outcome.receipt?.isValid !== true) failures.push('no receipt could be verified offline');
  return { ...answers, failures };
}
