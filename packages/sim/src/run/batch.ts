import { missingFrom } from './must-reach.ts';
import { type RunReport, replayCommand } from './report.ts';
import { addCounts, type Counts, count, sortCounts } from './tally.ts';

/** Failures that a batch keeps in full; the others are counted. */
const FAILURES_KEPT = 20;

/** What a batch of runs gave, so far or in the end. */
export interface BatchReport {
  readonly runs: number;
  readonly failed: number;
  readonly blocks: number;
  readonly transactions: number;
  readonly runsByScenario: Counts;
  /** Runs in which an actor of this kind did something. */
  readonly runsByActor: Counts;
  readonly deeds: Counts;
  readonly outcomes: Counts;
  readonly codes: Counts;
  /** The first failures, each with the command line that replays it. */
  readonly failures: readonly {
    readonly command: string;
    readonly checker: string;
    readonly detail: string;
  }[];
  /** What no run of the batch reached, and a whole batch must: an empty list is part of passing. */
  readonly unreached: readonly string[];
}

/** Adds up runs as they come in, in any order. */
export class Batch {
  readonly #counts = {
    runsByScenario: {},
    runsByActor: {},
    deeds: {},
    outcomes: {},
    codes: {},
  } satisfies Record<string, Counts>;
  readonly #failures: RunReport[] = [];
  #runs = 0;
  #failed = 0;
  #blocks = 0;
  #transactions = 0;

  add(run: RunReport): void {
    this.#runs += 1;
    this.#blocks += run.blocks;
    this.#transactions += run.transactions;
    count(this.#counts.runsByScenario, run.scenario);
    for (const kind of new Set(Object.keys(run.deeds).map((deed) => deed.split('/')[0] ?? deed))) {
      count(this.#counts.runsByActor, kind);
    }
    addCounts(this.#counts.deeds, run.deeds);
    addCounts(this.#counts.outcomes, run.outcomes);
    addCounts(this.#counts.codes, run.codes);
    if (run.failure === undefined) return;
    this.#failed += 1;
    this.#failures.push(run);
    this.#failures.sort((left, right) => left.seed - right.seed);
    this.#failures.length = Math.min(this.#failures.length, FAILURES_KEPT);
  }

  report(): BatchReport {
    const { runsByScenario, runsByActor, deeds, outcomes, codes } = this.#counts;
    return {
      runs: this.#runs,
      failed: this.#failed,
      blocks: this.#blocks,
      transactions: this.#transactions,
      runsByScenario: sortCounts(runsByScenario),
      runsByActor: sortCounts(runsByActor),
      deeds: sortCounts(deeds),
      outcomes: sortCounts(outcomes),
      codes: sortCounts(codes),
      failures: this.#failures.map((run) => ({
        command: replayCommand(run),
        checker: run.failure?.checker ?? '',
        detail: run.failure?.detail ?? '',
      })),
      unreached: missingFrom({ runsByScenario, runsByActor, outcomes, codes }),
    };
  }
}
