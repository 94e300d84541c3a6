import { fileURLToPath } from 'node:url';
import {
  type AsyncKernelBackend,
  readVectorDirectory,
  runConformance,
  runConformanceAsync,
  toAsyncKernelBackend,
} from '@aivm/backends';
import { referenceBackend } from '@aivm/core/kernels';
import { afterAll, describe, expect, test } from 'vitest';
import { tryEngine } from './engine.ts';

const files = readVectorDirectory(fileURLToPath(new URL('../../../../vectors', import.meta.url)));
const { engine, reason } = await tryEngine();

describe.skipIf(engine === undefined)(`every vector on WebGPU (${reason})`, () => {
  afterAll(() => engine?.close());

  test('passes', async () => {
    const results = await runConformanceAsync({ files, backend: engine! });
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results).toHaveLength(145);
  });
});

describe('the asynchronous suite', () => {
  const only = files.filter(({ name }) => name === 'proof_verify.json' || name === 'pipeline.json');

  test('says of a synchronous engine what the synchronous one says', async () => {
    const expected = runConformance({ files: only, backend: referenceBackend });
    expect(await runConformanceAsync({ files: only, backend: referenceBackend })).toEqual(expected);
    const backend = toAsyncKernelBackend(referenceBackend);
    expect(await runConformanceAsync({ files: only, backend })).toEqual(expected);
  });

  test('notices a byte that is off, and an engine that rejects', async () => {
    const reference = toAsyncKernelBackend(referenceBackend);
    const flipped: AsyncKernelBackend = {
      ...reference,
      proofVerify: async (ops, results) => {
        await reference.proofVerify(ops, results);
        if (results.length > 0) results[20]! ^= 1;
      },
      epochTransition: () => Promise.reject(new Error('device broke')),
    };
    const failed = (await runConformanceAsync({ files: only, backend: flipped })).filter(
      ({ passed }) => !passed,
    );
    expect(failed.length).toBeGreaterThan(15);
    expect(new Set(failed.map(({ file }) => file)).size).toBe(2);
    expect(failed.some(({ detail }) => detail === 'device broke')).toBe(true);
    expect(failed.some(({ detail }) => detail.startsWith('results: expected byte 20'))).toBe(true);
  });

  test('refuses to check nothing', async () => {
    await expect(runConformanceAsync({ files: [], backend: referenceBackend })).rejects.toThrow(
      /^files: expected at least one/,
    );
  });
});
