import { fileURLToPath } from 'node:url';
import { createWasmBackend, readVectorDirectory, runConformance } from '@aivm/backends';
import { type KernelBackend, referenceBackend } from '@aivm/core/kernels';
import { describe, expect, test } from 'vitest';

const files = readVectorDirectory(fileURLToPath(new URL('../../../vectors', import.meta.url)));

const failuresOf = (backend: KernelBackend, only = files): string[] =>
  runConformance({ files: only, backend })
    .filter(({ passed }) => !passed)
    .map(({ file, name, detail }) => `${file} ${name}: ${detail}`);

describe('every vector of every file', () => {
  test.each([referenceBackend, createWasmBackend()])('$name', (backend) => {
    expect(runConformance({ files, backend })).toHaveLength(145);
    expect(failuresOf(backend)).toEqual([]);
  });
});

describe('the suite notices', () => {
  /** The reference with one fault: kernels run, then one byte of one argument flips. */
  const withFault = (kernel: keyof KernelBackend, argument: number, byte: number): KernelBackend => ({
    ...referenceBackend,
    [kernel]: (...parameters: Uint8Array[]) => {
      const run = referenceBackend[kernel] as (...parameters: Uint8Array[]) => unknown;
      const answer = run(...parameters);
      const arena = parameters[argument] as Uint8Array;
      if (arena.length > byte) arena[byte] = (arena[byte] as number) ^ 0x80;
      return answer;
    },
  });

  /** The file of one kernel, without the others' hundred cases. */
  const fileOf = (kernel: string) =>
    files.filter(
      ({ name }) => name === `${kernel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}.json`,
    );

  test.each<[keyof KernelBackend, number, number]>([
    ['attestationApply', 2, 140],
    ['attestationApply', 1, 0],
    ['provenanceApply', 2, 144],
    ['anchorApply', 2, 127],
    ['epochTransition', 1, 132],
    ['epochTransition', 4, 8],
    ['epochTransition', 5, 191],
    ['inferenceStep', 3, 0],
    ['inferenceStep', 4, 104],
    ['proofVerify', 1, 40],
    ['proofVerify', 0, 232],
  ])('a flipped byte in %s argument %i at %i', (kernel, argument, byte) => {
    const only = fileOf(kernel);
    expect(only).toHaveLength(1);
    expect(failuresOf(withFault(kernel, argument, byte), only).length).toBeGreaterThan(0);
  });

  test('a count that is off by one', () => {
    const backend: KernelBackend = {
      ...referenceBackend,
      anchorApply: (...parameters) => referenceBackend.anchorApply(...parameters) + 1,
    };
    expect(failuresOf(backend).every((line) => /anchor_apply|pipeline/.test(line))).toBe(true);
    expect(failuresOf(backend)).toHaveLength(21 + 2);
  });

  test('an engine that throws', () => {
    const backend: KernelBackend = {
      ...referenceBackend,
      proofVerify: () => {
        throw new Error('engine broke');
      },
    };
    expect(failuresOf(backend)).toHaveLength(21);
    expect(failuresOf(backend)[0]).toMatch(/engine broke$/);
  });
});

test.each<[string, Parameters<typeof runConformance>[0]['files'], RegExp]>([
  ['no file', [], /^files: expected at least one/],
  ['no JSON', [{ name: 'x.json', text: '{' }], /^x\.json: expected JSON$/],
  [
    'another schema',
    [{ name: 'x.json', text: '{"schema":"y"}' }],
    /^x\.json: expected schema aivm-vectors\/1/,
  ],
  [
    'no cases',
    [{ name: 'x.json', text: '{"schema":"aivm-vectors/1","kernel":"edge","cases":[]}' }],
    /at least one case$/,
  ],
])('%s is refused, not passed', (_, only, message) => {
  expect(() => runConformance({ files: only, backend: referenceBackend })).toThrow(message);
});
