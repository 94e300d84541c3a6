import { installAttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { createGenesis, parseGenesis } from '@aivm/core/execute';
import { createMemoPrimitives } from '@aivm/test-authority';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steps } from './commands.ts';
import { GENESIS } from './genesis.ts';
import { replay, World } from './world.ts';

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

describe('any sequence of operations', () => {
  it('keeps every book balanced, ends every task once, and gives two nodes the same roots', {
    timeout: 180_000,
  }, () => {
    const codes = new Set<string>();
    const happened: string[] = [];
    fc.assert(
      fc.property(steps(28), (sequence) => {
        const world = new World();
        world.begin();
        for (const step of sequence) world.run(step);
        world.drain();
        const second = replay(world.blocks);
        expect(second.state.root).toEqual(world.chain.state.root);
        expect(second.entries()).toEqual(world.chain.entries());
        for (const code of world.codes) codes.add(code);
        happened.push(...world.happened);
      }),
      { numRuns: 5, seed: 20261130 },
    );
    // The sequences reach what they are meant to.
    expect(codes.has('')).toBe(true);
    expect(codes.size).toBeGreaterThan(3);
    expect([...codes].some((code) => code.startsWith('attestation_'))).toBe(true);
    for (const what of ['final', 'committed', 'revealed', 'attested']) expect(happened).toContain(what);
  });

  it('starts from the same genesis block for the same genesis', () => {
    const once = createGenesis(parseGenesis(GENESIS)).block.id;
    expect(createGenesis(parseGenesis(GENESIS)).block.id).toEqual(once);
  });
});
