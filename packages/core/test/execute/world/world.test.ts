import { createGenesis, parseGenesis } from '@aivm/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { steps } from './commands.ts';
import { GENESIS, replay, World } from './world.ts';

describe('any sequence of operations', () => {
  it('keeps every book balanced, ends every task once, and gives two nodes the same roots', () => {
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
      { numRuns: 5 },
    );
    // The sequences reach what they are meant to.
    expect(codes.has('')).toBe(true);
    expect(codes.size).toBeGreaterThan(3);
    for (const what of ['final', 'committed', 'revealed']) expect(happened).toContain(what);
  });

  it('starts from the same genesis block for the same genesis', () => {
    const once = createGenesis(parseGenesis(GENESIS)).block.id;
    expect(createGenesis(parseGenesis(GENESIS)).block.id).toEqual(once);
  });
});
