import { describe, expect, it } from 'vitest';
import { OPERATORS } from './operators/table.ts';
import { createRunner } from './run-case.ts';
import { makeSamples } from './samples.ts';
import { emptyTally, tallyOutcome } from './tally.ts';

const CASES = 3_000;

/** A small part of what `npm run fuzz:attestation` does: whatever is changed, nothing new is accepted. */
describe('mutated attestations', () => {
  const samples = makeSamples();

  it('start from accepted evidence of every kind, and from refused', () => {
    const accepted = new Set(
      samples.filter(({ facts }) => facts !== undefined).map(({ verdict }) => verdict.kind),
    );
    expect([...accepted].sort()).toEqual(['nvidia', 'sgx', 'snp', 'software', 'tdx']);
    const codes = samples.map(({ verdict }) => verdict.code);
    expect(codes).toEqual(expect.arrayContaining(['debug', 'revoked', 'not_a_gpu', 'collateral_mismatch']));
  });

  it('give a verdict with a known code, and never an acceptance of their own', () => {
    const runner = createRunner(samples, 42);
    const tally = emptyTally();
    for (let index = 0; index < CASES; index++) tallyOutcome(tally, index, runner.run(index));
    expect(tally.faults).toEqual([]);
    const drawn = Object.keys(tally.operators).sort();
    expect(drawn).toEqual([...OPERATORS.map(([name]) => name), 'flip', 'cut'].sort());
    expect(Object.keys(tally.codes).length).toBeGreaterThan(12);
    // Some mutants are another writing of the same evidence: were none accepted, nothing would be tested.
    expect(tally.codes.ok).toBeGreaterThan(20);
    console.log(`slowest mutant: ${tally.slowest?.outcome.ms.toFixed(1)} ms`);
  });

  it('can be made again from their number', () => {
    const [first, second] = [createRunner(samples, 3), createRunner(samples, 3)];
    const same = ({ ms: _, ...rest }: ReturnType<typeof first.run>): unknown => rest;
    for (let index = 0; index < 40; index++) expect(same(second.run(index))).toEqual(same(first.run(index)));
  });
});
