import { installCrypto } from '@aivm/node';
import { listRoutes } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../attestation-fuzz/random.ts';
import type { Decoder } from './decoder.ts';
import { sampleRequests } from './http-requests.ts';
import { COMPLETE_FROM, createDecoder, DECODERS, failuresOf, runCases } from './run-cases.ts';

installCrypto();

const CASES = 1_500;

describe('mutants of valid inputs', () => {
  it.each(DECODERS)('are accepted in one form or refused with a code: %s', async (name) => {
    const decoder = await createDecoder(name);
    const report = await runCases(decoder, { seed: 20_260, cases: CASES });
    await decoder.close?.();
    expect(failuresOf(report, decoder)).toEqual([]);
    expect(report.accepted).toBeGreaterThan(CASES / 100);
    expect(Object.keys(report.codes).length).toBeGreaterThan(2);
  });

  it('are the same for the same seed and number', async () => {
    const decoder = await createDecoder('tx');
    const run = () => [1, 2, 3].map((index) => decoder.run(createRandom(5, index)));
    expect(run()).toEqual(run());
  });

  it('come from a request for every route of the contract', () => {
    const requests = sampleRequests({ transactions: [], address: '0x', blockId: new Uint8Array(32) });
    const sampled = new Set<string>(requests.map(({ route }) => route));
    sampled.add('submitTransaction');
    expect([...sampled].sort()).toEqual(
      listRoutes()
        .map(({ name }) => name)
        .sort(),
    );
  });
});

describe('a run', () => {
  const broken: Decoder = {
    name: 'broken',
    codes: ['malformed', 'too_large'],
    boundMs: 1_000,
    run: () => ({ operator: 'none', code: 'malformed' }),
  };
  const quiet = { seed: 1, operators: {}, slowestMs: 0, slowestCase: 0, seconds: 0, faults: [] };

  it('fails where a code is never met or next to nothing is accepted', () => {
    const codes = { malformed: COMPLETE_FROM };
    const report = { ...quiet, decoder: 'broken', cases: COMPLETE_FROM, accepted: 999, codes };
    expect(failuresOf(report, broken)).toEqual(['only 999 mutants are accepted', 'too_large was not met']);
    expect(failuresOf({ ...report, slowestMs: 1_001 }, broken)[0]).toBe('case 0 took 1001 ms');
  });

  it('fails where a decoder shows a fault', async () => {
    const faulty: Decoder = { ...broken, run: () => ({ operator: 'flip', fault: 'two encodings' }) };
    expect(failuresOf(await runCases(faulty, { seed: 1, cases: 1 }), faulty)).toEqual([
      'case 0: flip: two encodings',
    ]);
  });
});
