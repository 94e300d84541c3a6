import { INT8_KERNEL_PARAMETER_BYTES, runInt8Kernel } from '@aivm/core/execute';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createInt8Backend,
  createInt8BatchBackend,
  type Int8Engine,
  type Job,
  type ServedModel,
} from '../../src/index.ts';

const nowMs = (): number => performance.now();
const signal = new AbortController().signal;
const bytes = (size: number, seed: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Math.imul(i + 7 * seed + 1, 0x9e3779b1) >>> 24);
const modelOf = (seed: number): ServedModel => ({
  id: `model-${seed}`,
  checkClass: 'int8-kernel',
  weightHash: new Uint8Array(32),
  modelRoot: new Uint8Array(32),
  parameters: bytes(INT8_KERNEL_PARAMETER_BYTES, seed),
});
const [first, second] = [modelOf(1), modelOf(2)];
const jobs = (model: ServedModel, count: number): Job[] =>
  Array.from({ length: count }, (_, i) => ({ taskId: `t-${i}`, model, input: bytes(32, i) }));

/** Computes what it is asked, and remembers how many inputs each call had. */
function createEngine(answer: Int8Engine['runBatch'] = async (...call) => rightOutputs(...call)) {
  const calls: number[] = [];
  const engine: Int8Engine = {
    name: 'device',
    runBatch: (parameters, inputs) => {
      calls.push(inputs.length / 32);
      return answer(parameters, inputs);
    },
  };
  return { engine, calls };
}

function rightOutputs(parameters: Uint8Array, inputs: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: inputs.length / 32 },
    (_, i) => runInt8Kernel(parameters, inputs.subarray(32 * i, 32 * i + 32))[0] ?? 0,
  );
}

const expectRight = async (all: readonly Job[], results: readonly Promise<{ output: Uint8Array }>[]) => {
  const outputs = (await Promise.all(results)).map(({ output }) => output);
  expect(outputs).toEqual(all.map(({ model, input }) => runInt8Kernel(model.parameters, input)));
};

describe('the batching int8 backend', () => {
  it('runs waiting jobs of one model in one call, and gives each its own output', async () => {
    const { engine, calls } = createEngine();
    const backend = createInt8BatchBackend({ engine, nowMs });
    const all = [...jobs(first, 5), ...jobs(second, 3), ...jobs(first, 2)];
    await expectRight(
      all,
      all.map((job) => backend.run(job, { signal })),
    );
    expect(calls).toEqual([7, 3]);
    expect(backend.name).toBe('int8 on device');
  });

  it('gathers what comes while a batch runs', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { engine, calls } = createEngine(async (...call) => {
      await gate;
      return rightOutputs(...call);
    });
    const backend = createInt8BatchBackend({ engine, nowMs });
    const all = jobs(first, 9);
    const results = [backend.run(all[0]!, { signal })];
    await new Promise((resolve) => setTimeout(resolve, 20));
    results.push(...all.slice(1).map((job) => backend.run(job, { signal })));
    release();
    await expectRight(all, results);
    expect(calls).toEqual([1, 8]);
  });

  it('computes what the single backend computes', async () => {
    const { engine } = createEngine();
    const [batching, single] = [createInt8BatchBackend({ engine, nowMs }), createInt8Backend({ nowMs })];
    const property = fc.asyncProperty(
      fc.uint8Array({ minLength: 598, maxLength: 598 }),
      fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { minLength: 1, maxLength: 20 }),
      async (parameters, inputs) => {
        const model = { ...first, parameters };
        const run = (backend: typeof single) =>
          Promise.all(inputs.map((input) => backend.run({ taskId: 't', model, input }, { signal })));
        const [left, right] = await Promise.all([run(batching), run(single)]);
        expect(left.map(({ output }) => output)).toEqual(right.map(({ output }) => output));
      },
    );
    await fc.assert(property, { numRuns: 30 });
  });

  it.each<[string, Int8Engine['runBatch']]>([
    ['rejects', () => Promise.reject(new Error('device lost'))],
    [
      'throws at once',
      () => {
        throw new Error('device lost');
      },
    ],
    ['gives too few outputs', async () => new Uint8Array(1)],
  ])('computes itself from the moment on that the engine %s, and says so once', async (_, answer) => {
    const { engine, calls } = createEngine(answer);
    const errors: Error[] = [];
    const backend = createInt8BatchBackend({ engine, nowMs, onFailure: (error) => errors.push(error) });
    const all = [...jobs(first, 4), ...jobs(second, 2)];
    for (let round = 0; round < 2; round++) {
      await expectRight(
        all,
        all.map((job) => backend.run(job, { signal })),
      );
    }
    expect(calls).toEqual([4]);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toMatch(/device/);
  });

  it('gives up an engine whose output is found to be wrong', async () => {
    const { engine, calls } = createEngine(async (...call) => rightOutputs(...call).map((byte) => byte ^ 1));
    const errors: Error[] = [];
    const backend = createInt8BatchBackend({ engine, nowMs, onFailure: (error) => errors.push(error) });
    const [job] = jobs(first, 1) as [Job];
    const { output } = await backend.run(job, { signal });
    const right = runInt8Kernel(first.parameters, job.input);
    expect(output).not.toEqual(right);
    expect(backend.recheck?.(job, output)).toEqual(right);
    expect(errors.map(({ message }) => message)).toEqual(['device: computed a wrong output']);
    expect((await backend.run(job, { signal })).output).toEqual(right);
    expect(calls).toEqual([1]);
  });

  it('refuses what the single backend refuses', async () => {
    const { engine, calls } = createEngine();
    const backend = createInt8BatchBackend({ engine, nowMs });
    const opaque: ServedModel = { ...first, checkClass: 'opaque' };
    await expect(
      backend.run({ taskId: 't', model: opaque, input: bytes(32, 1) }, { signal }),
    ).rejects.toThrow('not_supported');
    await expect(backend.run({ taskId: 't', model: first, input: bytes(31, 1) }, { signal })).rejects.toThrow(
      /^input: /,
    );
    expect([backend.supports(opaque), backend.supports(first), calls]).toEqual([false, true, []]);
  });
});
