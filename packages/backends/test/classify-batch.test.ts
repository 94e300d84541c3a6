import { classifyBatch, createWasmBackend, toAsyncKernelBackend } from '@aivm/backends';
import { runInt8Kernel } from '@aivm/core/execute';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { InferenceResult } from '@aivm/core/layout';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const engines: KernelBackend[] = [referenceBackend, createWasmBackend()];

test.each(engines.map((engine) => [engine.name, toAsyncKernelBackend(engine)] as const))(
  'a batch on %s gives what the chain computes one by one',
  async (_, backend) => {
    const property = fc.asyncProperty(
      fc.uint8Array({ minLength: 598, maxLength: 598 }),
      fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 40 }),
      async (parameters, inputs) => {
        const joined = Uint8Array.from(inputs.flatMap((input) => [...input]));
        const expected = inputs.map((input) => runInt8Kernel(parameters, input)[0]);
        expect([...(await classifyBatch(backend, parameters, joined))]).toEqual(expected);
      },
    );
    await fc.assert(property, { numRuns: 50 });
  },
);

test('inputs of a wrong length, and results that no engine may give, are errors', async () => {
  const wasm = toAsyncKernelBackend(createWasmBackend());
  await expect(classifyBatch(wasm, new Uint8Array(598), new Uint8Array(33))).rejects.toThrow(/^inputs: /);
  await expect(classifyBatch(wasm, new Uint8Array(597), new Uint8Array(32))).rejects.toThrow(/^parameters: /);
  const refusing = {
    name: 'odd',
    inferenceStep: async (...arenas: readonly Uint8Array[]) => {
      InferenceResult.at(arenas[4] as Uint8Array, 1).Status = 2;
      InferenceResult.at(arenas[4] as Uint8Array, 0).OutputLen = 1;
    },
  };
  await expect(classifyBatch(refusing, new Uint8Array(598), new Uint8Array(64))).rejects.toThrow(
    'odd: op 1 has status 2',
  );
});
