import { attestedWindowBlocks } from '@aivm/core/execute';
import { type DemoOutcome, type DemoVerdict, judgeOutcome } from '../story/demo-outcome.ts';
import type { AttestedAnswer } from './follow-attested.ts';
import { TEE_ATTESTED, TEE_CAST } from './tee-cast.ts';

/** What the chain said of one provider's evidence. */
export interface EvidenceAnswer {
  readonly provider: string;
  /** Undefined where it was refused. */
  readonly score: number | undefined;
  readonly hardware: boolean;
  /** Whether a processor vouches for an admitted workload, and with it for the session key. */
  readonly cpuTee: boolean;
  /** Code of the refusal; empty where it was accepted. */
  readonly code: string;
}

/** Everything that the demo of attested environments has to tell. */
export interface TeeOutcome extends DemoOutcome {
  readonly answers: readonly AttestedAnswer[];
  readonly evidence: readonly EvidenceAnswer[];
  /** The chain's challenge window, in blocks. */
  readonly windowBlocks: number;
}

/** Windows of one provider's final answers, as measured, and the one that they should be. */
export interface MeasuredWindow {
  readonly provider: string;
  readonly score: number | undefined;
  readonly expected: number;
  readonly shortest: number;
  readonly longest: number;
  readonly answers: number;
  /** Of them, how many could be relied on at once. */
  readonly usable: number;
}

/** What the outcome is worth. */
export interface TeeVerdict extends DemoVerdict {
  readonly windows: readonly MeasuredWindow[];
  /** Lies that were usable until the proof. */
  readonly usableLies: number;
  /** Longest time in blocks that a lie could be relied on. */
  readonly longestLie: number;
}

function measure({ answers, evidence, windowBlocks }: TeeOutcome): readonly MeasuredWindow[] {
  return evidence.flatMap(({ provider, score, cpuTee }) => {
    const own = answers.filter((answer) => answer.provider === provider && answer.finalAt !== undefined);
    const lengths = own.map(({ finalAt = 0, postedAt }) => finalAt - postedAt);
    if (lengths.length === 0) return [];
    const expected = cpuTee && score !== undefined ? attestedWindowBlocks(windowBlocks, score) : windowBlocks;
    return [
      {
        provider,
        score,
        expected,
        shortest: Math.min(...lengths),
        longest: Math.max(...lengths),
        answers: own.length,
        usable: own.filter(({ usable }) => usable).length,
      },
    ];
  });
}

function windowFailures({ windowBlocks }: TeeOutcome, windows: readonly MeasuredWindow[]): readonly string[] {
  const failures: string[] = [];
  const isAttested = ({ provider }: MeasuredWindow): boolean => TEE_ATTESTED.includes(provider);
  for (const { provider, expected, shortest, longest } of windows) {
    if (shortest !== expected || longest !== expected) {
      failures.push(`windows of ${provider} were ${shortest}–${longest} blocks, not ${expected}`);
    }
  }
  const [attested, others] = [windows.filter(isAttested), windows.filter((window) => !isAttested(window))];
  if (attested.length === 0 || others.length === 0)
    failures.push('there are no two kinds of windows to compare');
  if (attested.some(({ longest }) => longest >= windowBlocks))
    failures.push('an attested window was not shorter');
  if (attested.some(({ usable, answers }) => usable !== answers)) {
    failures.push('an attested answer had to be waited for');
  }
  if (others.some(({ usable }) => usable > 0)) failures.push('an unattested answer was usable at once');
  return failures;
}

/** Judges answers, convictions and books as ever; then evidence, windows, and what became of usable lies. */
export function judgeTeeOutcome(outcome: TeeOutcome): TeeVerdict {
  const verdict = judgeOutcome(outcome, TEE_CAST.liar.id);
  const windows = measure(outcome);
  const failures = [...verdict.failures, ...windowFailures(outcome, windows)];
  for (const { provider, code, hardware } of outcome.evidence) {
    const isStale = provider === TEE_CAST.stale.id;
    if (isStale !== (code !== ''))
      failures.push(`evidence of ${provider}: ${code === '' ? 'accepted' : code}`);
    if (TEE_ATTESTED.includes(provider) && !hardware)
      failures.push(`${provider} is not attested by hardware`);
    if (provider === TEE_CAST.software.id && hardware) failures.push(`${provider} passes for hardware`);
  }
  const lies = outcome.answers.filter(({ provider }) => provider === TEE_CAST.liar.id);
  const usable = lies.filter((lie) => lie.usable);
  if (usable.length === 0) failures.push('the attested liar was never believed');
  const isTakenBack = usable.every((lie) => lie.retractedAt !== undefined && lie.disprovedAt !== undefined);
  if (!isTakenBack) failures.push('a usable lie was not taken back');
  const longestLie = Math.max(0, ...usable.map(({ disprovedAt = 0, postedAt }) => disprovedAt - postedAt));
  return { ...verdict, failures, windows, usableLies: usable.length, longestLie };
}
