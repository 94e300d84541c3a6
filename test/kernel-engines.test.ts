import { createWasmBackend } from '@aivm/backends';
import { installAttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { readChain } from '@aivm/core/state';
import { createMemoPrimitives } from '@aivm/test-authority';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { steps } from '../packages/core/test/execute/world/commands.ts';
import { replay, World } from '../packages/core/test/execute/world/world.ts';

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

/** Counts what an engine is asked, so that a test knows that it was. */
function counted(engine: KernelBackend): { readonly engine: KernelBackend; readonly rounds: () => number } {
  let rounds = 0;
  return {
    engine: {
      ...engine,
      epochTransition: (...args) => {
        rounds += 1;
        engine.epochTransition(...args);
      },
    },
    rounds: () => rounds,
  };
}

it('the same random blocks have the same roots under the reference and the WebAssembly kernels', () => {
  const wasm = counted(createWasmBackend());
  let epochs = 0n;
  fc.assert(
    fc.property(steps(16), (sequence) => {
      const world = new World();
      world.begin();
      for (const step of [...sequence, { seconds: 500, commands: [] }]) world.run(step);
      const expected = replay(world.blocks, referenceBackend);
      const actual = replay(world.blocks, wasm.engine);
      expect(bytesToHex(actual.state.root)).toBe(bytesToHex(expected.state.root));
      expect(actual.entries()).toEqual(expected.entries());
      epochs += readChain(world.chain.state).epoch;
    }),
    { numRuns: 2 },
  );
  expect(wasm.rounds()).toBe(Number(epochs));
  expect(epochs).toBeGreaterThan(1n);
});
