import type { ErrorCode } from '@aivm/core/errors';
import { createRandom } from '../attestation-fuzz/random.ts';
import { createBlockDecoder } from './block-decoder.ts';
import type { Decoder } from './decoder.ts';
import { createHttpDecoder } from './http-decoder.ts';
import { sampleTransactions, sampleVertices } from './samples.ts';
import { createTransactionDecoder } from './transaction-decoder.ts';
import { createVertexDecoder } from './vertex-decoder.ts';

export const DECODERS = ['tx', 'block', 'vertex', 'http'] as const;
export type DecoderName = (typeof DECODERS)[number];

export async function createDecoder(name: DecoderName): Promise<Decoder> {
  if (name === 'http') return createHttpDecoder();
  const transactions = sampleTransactions();
  if (name === 'tx') return createTransactionDecoder(transactions);
  const vertices = sampleVertices(transactions);
  return name === 'block'
    ? createBlockDecoder(transactions, vertices)
    : createVertexDecoder(transactions, vertices);
}

/** What a run found. */
export interface Report {
  readonly decoder: string;
  readonly seed: number;
  cases: number;
  accepted: number;
  /** Refusals and what was decided behind the decoder, by code. */
  readonly codes: Record<string, number>;
  readonly operators: Record<string, number>;
  slowestMs: number;
  slowestCase: number;
  seconds: number;
  /** Up to 20, with the number of the case. */
  readonly faults: string[];
}

const FAULTS_MAX = 20;
/** From here on a code that was not met, or fewer than one mutant in a hundred accepted, is a failure. */
export const COMPLETE_FROM = 100_000;
const ACCEPTED_ONE_IN = 100;

const add = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

async function timeOf(decoder: Decoder, seed: number, index: number): Promise<number> {
  const began = performance.now();
  await decoder.run(createRandom(seed, index));
  return performance.now() - began;
}

/** Runs the cases `from` … `from + cases − 1` of `seed`. */
export async function runCases(
  decoder: Decoder,
  { seed, cases, from = 0 }: { readonly seed: number; readonly cases: number; readonly from?: number },
): Promise<Report> {
  const report: Report = {
    decoder: decoder.name,
    seed,
    cases: 0,
    accepted: 0,
    codes: {},
    operators: {},
    slowestMs: 0,
    slowestCase: from,
    seconds: 0,
    faults: [],
  };
  const fault = (index: number, text: string): void => {
    if (report.faults.length < FAULTS_MAX) report.faults.push(`case ${index}: ${text}`);
  };
  const startedAt = performance.now();
  for (let index = from; index < from + cases; index++) {
    const began = performance.now();
    const pending = decoder.run(createRandom(seed, index));
    const outcome = pending instanceof Promise ? await pending : pending;
    let ms = performance.now() - began;
    // Another process may hold the machine for a moment: a case is slow when it is slow twice.
    if (ms > decoder.boundMs) ms = Math.min(ms, await timeOf(decoder, seed, index));
    report.cases++;
    add(report.operators, outcome.operator);
    if (outcome.code !== undefined) add(report.codes, outcome.code);
    if (outcome.code === undefined || !decoder.codes.includes(outcome.code as ErrorCode)) report.accepted++;
    if (outcome.fault !== undefined) fault(index, `${outcome.operator}: ${outcome.fault}`);
    if (ms > report.slowestMs) [report.slowestMs, report.slowestCase] = [Math.round(ms), index];
  }
  report.seconds = Math.round((performance.now() - startedAt) / 1_000);
  return report;
}

/** Why a report is not good; nothing where it is. */
export function failuresOf(
  report: Report,
  { codes, boundMs }: Pick<Decoder, 'codes' | 'boundMs'>,
): readonly string[] {
  const failures = [...report.faults];
  if (report.slowestMs > boundMs) failures.push(`case ${report.slowestCase} took ${report.slowestMs} ms`);
  if (report.cases < COMPLETE_FROM) return failures;
  if (report.accepted * ACCEPTED_ONE_IN < report.cases)
    failures.push(`only ${report.accepted} mutants are accepted`);
  for (const code of codes) if (report.codes[code] === undefined) failures.push(`${code} was not met`);
  return failures;
}
