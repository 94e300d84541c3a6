import { readWdbcRows } from 'aivm';
import { describe, expect, it } from 'vitest';
import { lastJsonLine, runCli } from '../../../cli/test/spawn-cli.ts';
import { judgeTeeOutcome, type TeeOutcome } from '../../src/tee/tee-outcome.ts';

/** Enough that the liar is drawn with a probability of 1 − (4/5)^48 ≈ 1 − 2 · 10^−5. */
const ROWS = 48;

interface TeeJson {
  readonly ok: boolean;
  readonly failures: string[];
  readonly tasks: { row: number; output: number; provider: string; settlement: string }[];
  readonly convictions: { provider: string }[];
  readonly evidence: { provider: string; code: string; score?: number; cpuTee: boolean }[];
  readonly windows: {
    provider: string;
    shortest: number;
    longest: number;
    usable: number;
    answers: number;
  }[];
  readonly windowBlocks: number;
  readonly usableLies: number;
  readonly supply: { balanced: boolean };
}

describe('aivm demo --mode tee', () => {
  it('believes attested answers at once, and convicts the attested liar all the same', {
    timeout: 280_000,
  }, async () => {
    const { code, stdout, stderr } = await runCli([
      'demo',
      '--mode',
      'tee',
      '--json',
      '--rows',
      String(ROWS),
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('no vendor stands behind it');
    const demo = lastJsonLine(stdout) as TeeJson;
    expect(demo.failures).toEqual([]);
    const rows = (await readWdbcRows()).slice(0, ROWS);
    expect(demo.tasks.map(({ row, output, settlement }) => ({ row, output, settlement }))).toEqual(
      rows.map(({ row, y0 }) => ({ row, output: y0, settlement: 'final' })),
    );
    expect(demo.convictions.map(({ provider }) => provider)).toEqual(['attested-liar']);
    expect(demo.evidence.map(({ provider, code: refusal }) => [provider, refusal])).toEqual([
      ['enclave-1', ''],
      ['enclave-2', ''],
      ['attested-liar', ''],
      ['software-1', ''],
      ['stale-1', 'attestation_nonce'],
    ]);
    for (const { provider, shortest, longest, usable, answers } of demo.windows) {
      const isAttested = provider.startsWith('enclave-');
      const blocks = isAttested ? 65 : 100;
      expect([shortest, longest, usable]).toEqual([blocks, blocks, isAttested ? answers : 0]);
    }
    expect(demo.windowBlocks).toBe(100);
    expect(demo.usableLies).toBeGreaterThan(0);
    expect(demo.supply.balanced).toBe(true);
  });

  it('has no part without a watcher', async () => {
    const { code, stderr } = await runCli(['demo', '--mode', 'tee', '--no-watch']);
    expect(code).toBe(2);
    expect(stderr).toContain('--no-watch belongs to --mode optimistic');
  });
});

describe('the verdict on attested environments', () => {
  const accepted = { score: 70, hardware: true, cpuTee: true, code: '' };
  const answer = { disprovedAt: undefined, retractedAt: undefined, finalAt: 75, postedAt: 10, usable: true };
  const lie = { ...answer, provider: 'attested-liar', finalAt: undefined, disprovedAt: 12, retractedAt: 12 };
  const outcome: TeeOutcome = {
    rows: [],
    tasks: [],
    convictions: [
      {
        provider: 'attested-liar',
        taskId: 't',
        operator: new Uint8Array(20),
        challenger: new Uint8Array(20),
        forfeited: 1n,
        rewarded: 0n,
        burned: 1n,
      },
    ],
    liesFound: 1,
    supply: {
      balances: 1n,
      bonds: 0n,
      escrow: 0n,
      deposits: 0n,
      unclaimedRewards: 0n,
      burned: 0n,
      total: 1n,
      expected: 1n,
      balanced: true,
    },
    receipt: { index: 0, isValid: true },
    height: 200,
    elapsedMs: 1,
    windowBlocks: 100,
    evidence: [
      { provider: 'enclave-1', ...accepted },
      { provider: 'attested-liar', ...accepted },
      { provider: 'software-1', score: 45, hardware: false, cpuTee: false, code: '' },
      { provider: 'stale-1', score: undefined, hardware: false, cpuTee: false, code: 'attestation_nonce' },
    ],
    answers: [
      { ...answer, taskId: 'a', provider: 'enclave-1' },
      { ...answer, taskId: 'b', provider: 'software-1', finalAt: 110, usable: false },
      { ...lie, taskId: 'c' },
    ],
  };
  const replace = (i: number, change: Partial<TeeOutcome['answers'][number]>): Partial<TeeOutcome> => ({
    answers: outcome.answers.map((one, at) => (at === i ? { ...one, ...change } : one)),
  });
  const evidence = (i: number, change: Partial<TeeOutcome['evidence'][number]>): Partial<TeeOutcome> => ({
    evidence: outcome.evidence.map((one, at) => (at === i ? { ...one, ...change } : one)),
  });

  it('has nothing against the story as it should be', () => {
    expect(judgeTeeOutcome(outcome)).toMatchObject({ failures: [], usableLies: 1, longestLie: 2 });
  });

  it.each<[string, Partial<TeeOutcome>, string]>([
    ['an attested window of full length', replace(0, { finalAt: 110 }), 'an attested window was not shorter'],
    [
      'a window of another length',
      replace(0, { finalAt: 76 }),
      'windows of enclave-1 were 66–66 blocks, not 65',
    ],
    ['a software window that is shorter', replace(1, { finalAt: 75 }), 'windows of software-1 were 65–65'],
    ['an attested answer to wait for', replace(0, { usable: false }), 'had to be waited for'],
    ['a usable answer of nobody', replace(1, { usable: true }), 'an unattested answer was usable at once'],
    ['no lie that was believed', replace(2, { usable: false }), 'the attested liar was never believed'],
    ['a lie that stands', replace(2, { retractedAt: undefined }), 'a usable lie was not taken back'],
    ['stale evidence that passed', evidence(3, { code: '' }), 'evidence of stale-1: accepted'],
    ['good evidence that did not', evidence(0, { code: 'attestation_tcb' }), 'enclave-1: attestation_tcb'],
    ['software that passes for hardware', evidence(2, { hardware: true }), 'passes for hardware'],
    ['nobody convicted', { convictions: [] }, 'the dishonest provider was not convicted'],
  ])('sees %s', (_, change, failure) => {
    const { failures } = judgeTeeOutcome({ ...outcome, ...change });
    expect(failures.join('\n')).toContain(failure);
  });
});
