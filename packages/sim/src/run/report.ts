import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { type Counts, sortCounts } from './tally.ts';

/** What went wrong in a run. */
export interface RunFailure {
  /** The checker's name; `exception` where the code itself broke. */
  readonly checker: string;
  readonly detail: string;
  readonly height: number;
}

/** One finished run. Equal seeds give equal reports, byte for byte. */
export interface RunReport {
  readonly seed: number;
  readonly scenario: string;
  readonly blocks: number;
  readonly transactions: number;
  /** Hash over every decided block id, in order: what happened, in 32 bytes of hex. */
  readonly chainHash: string;
  /** What each kind of actor did, as "kind/deed". */
  readonly deeds: Counts;
  /** How tasks, seats, challenges and providers ended. */
  readonly outcomes: Counts;
  /** Codes of refusals in pools and blocks. */
  readonly codes: Counts;
  readonly failure: RunFailure | undefined;
}

/** Sorts every count, so that a report has one form. */
export const normalizeReport = (report: RunReport): RunReport => ({
  ...report,
  deeds: sortCounts(report.deeds),
  outcomes: sortCounts(report.outcomes),
  codes: sortCounts(report.codes),
});

/** 32 bytes of hex over everything in a report. */
export const reportHash = (report: RunReport): string =>
  bytesToHex(keccak256(utf8ToBytes(JSON.stringify(normalizeReport(report)))));

/** The command line that replays a run. */
export const replayCommand = ({ seed, scenario }: Pick<RunReport, 'seed' | 'scenario'>): string =>
  `aivm sim --seed ${seed} --scenario ${scenario}`;
