import type { StatelessBlock } from '@aivm/core/block';
import { buildBlock, DryRun, type ExecutionResult, runInt8Kernel, verifyBlock } from '@aivm/core/execute';
import { parseTransaction, type Transaction } from '@aivm/core/tx';
import { installCrypto } from '@aivm/node';
import { type Court, challengeOf, DISPUTED_MODEL, type Disputed, openCourt } from './court.ts';
import { type Machine, medianOf, thisMachine, timed } from './measure.ts';

/** One step of a dispute. */
export interface DisputeRow {
  /**
   * `run`: the whole network once. `sign`: making the challenge. `decode`: its bytes and signature. `judge`: everything
   * that the chain checks, re-computes and writes. `block`: verifying a block that carries nothing else, tree and roots
   * included; `empty block` is the same without it.
   */
  readonly kernel: string;
  /** `reference`, which is the baseline, or how the dispute ends. */
  readonly engine: string;
  /** Median over the rounds. */
  readonly nsPerOp: number;
  /** Time of running the network, divided by this one. */
  readonly ratio: number;
  /** Of the challenge, everything that it needs within; 0 where none is involved. */
  readonly bytes: number;
}

/** What one run measured. */
export interface DisputeReport {
  readonly machine: Machine;
  /** Times that every step was measured. */
  readonly entries: number;
  /** Whose results are disputed. */
  readonly model: string;
  readonly rows: readonly DisputeRow[];
}

interface Step extends Pick<DisputeRow, 'kernel' | 'engine' | 'bytes'> {
  readonly run: () => void;
  readonly times: number[];
}

const FULL = { rounds: 31, warmUp: 3, repeats: 20 } as const;
const SMOKE = { rounds: 1, warmUp: 0, repeats: 1 } as const;

function blockOf({ head: parent }: Court, candidates: readonly Transaction[]): StatelessBlock {
  const { block } = buildBlock({ parent, timestamp: parent.header.timestamp + 1, candidates });
  if (block.transactions.length !== candidates.length) throw new Error('the challenge is in no block');
  return block;
}

/** The chain must judge as the case is made, or what is measured is something else. */
function assertVerdict({ events }: ExecutionResult, { verdict, task: { id: taskId } }: Disputed): void {
  const judged = events.find((event) => event.kind === 'challenge' && event.taskId === taskId);
  if (judged?.kind !== 'challenge' || judged.upheld !== (verdict === 'upheld')) {
    throw new Error(`the challenge of "${taskId}" was not ${verdict}`);
  }
}

function stepsOf(court: Court, disputed: Disputed): readonly Step[] {
  const { head, challenger } = court;
  const operation = challengeOf(disputed);
  const tx = challenger.signOnly(operation);
  const block = blockOf(court, [tx]);
  assertVerdict(verifyBlock({ parent: head, block }), disputed);
  const step = (kernel: string, run: () => void): Step => ({
    kernel,
    engine: disputed.verdict,
    bytes: tx.bytes.length,
    run,
    times: [],
  });
  return [
    step('sign', () => challenger.signOnly(operation)),
    step('decode', () => parseTransaction(tx.bytes)),
    step('judge', () => new DryRun(head).try(tx)),
    step('block', () => verifyBlock({ parent: head, block })),
  ];
}

function allSteps(court: Court): readonly [baseline: Step, ...others: Step[]] {
  const { head, parameters, input, disputed } = court;
  const empty = blockOf(court, []);
  const plain = { engine: 'reference', bytes: 0 };
  return [
    { ...plain, kernel: 'run', run: () => runInt8Kernel(parameters, input), times: [] },
    { ...plain, kernel: 'empty block', run: () => verifyBlock({ parent: head, block: empty }), times: [] },
    ...disputed.flatMap((one) => stepsOf(court, one)),
  ];
}

/**
 * Measures what a dispute costs beside running the network that it is about: the judged kernel network on a real
 * sample, once with a lying provider and once with a lying challenger. Seconds. @param options.smoke once each, to show
 * that it runs
 */
export async function benchDispute({ smoke }: { readonly smoke: boolean }): Promise<DisputeReport> {
  installCrypto();
  const { rounds, warmUp, repeats } = smoke ? SMOKE : FULL;
  const court = await openCourt();
  try {
    const steps = allSteps(court);
    // Every round runs everything, so that a noisy moment strikes all.
    for (let round = -warmUp; round < rounds; round++) {
      for (const { run, times } of steps) {
        const [ns] = timed(() => {
          for (let i = 0; i < repeats; i++) run();
        });
        if (round >= 0) times.push(ns / repeats);
      }
    }
    const baseline = medianOf(steps[0].times);
    const rows = steps.map(({ kernel, engine, bytes, times }) => {
      const nsPerOp = medianOf(times);
      return { kernel, engine, nsPerOp: Math.round(nsPerOp), ratio: baseline / nsPerOp, bytes };
    });
    return { machine: thisMachine(), entries: rounds * repeats, model: DISPUTED_MODEL, rows };
  } finally {
    await court.close();
  }
}
