import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastJsonLine, runCli } from '../spawn-cli.ts';

const modelOf = (name: string): string =>
  fileURLToPath(new URL(`../../../../models/${name}`, import.meta.url));
const DIGITS = modelOf('digits');
const STORY = modelOf('story');

const sample = readFileSync(`${DIGITS}/samples.csv`, 'utf8').split('\n')[1]!.split(',').map(Number);

describe('networks as files', { timeout: 120_000 }, () => {
  let directory = '';
  const fileOf = (name: string): string => join(directory, name);
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-model-'));
    await writeFile(fileOf('image.json'), JSON.stringify(sample.slice(0, 64)));
    await writeFile(
      fileOf('image.bin'),
      Uint8Array.from(sample.slice(0, 64), (value) => value & 0xff),
    );
    await writeFile(fileOf('short.json'), '[1,2]');
    await writeFile(fileOf('wide.json'), JSON.stringify(Array(64).fill(200)));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('are inspected', async () => {
    const { code, stdout } = await runCli(['model', 'inspect', DIGITS]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^parameters +6,464$/m);
    expect(stdout).toMatch(
      /^weight hash +?0x25d6a1794ba4456f44c493df3a1a03eb019ff8665f4a35b4d4ff2bff1a96d19a$/m,
    );
  });

  it('of a form that maps an input give the elements of its output', async () => {
    for (const image of ['image.json', 'image.bin']) {
      const { stdout } = await runCli(['model', 'run', DIGITS, '--input', fileOf(image), '--json']);
      expect(lastJsonLine(stdout)).toEqual({ output: sample.slice(65) });
    }
  });

  it('that continue a text print it, and never more than asked', async () => {
    const { stdout } = await runCli([
      ...['model', 'run', STORY, '--prompt', 'The king said to the', '--max-new', '8', '--json'],
    ]);
    expect(lastJsonLine(stdout)).toMatchObject({ text: ' king, "' });
  });

  it.each([
    [2, 'give --input FILE', ['run', DIGITS]],
    [2, 'give one of --prompt TEXT and --tokens LIST', ['run', STORY]],
    [2, 'each is an integer 0…255, got 256', ['run', STORY, '--tokens', '1,256']],
    [2, 'at most 256 behind 1 tokens, got 300', ['run', STORY, '--prompt', 'x', '--max-new', '300']],
    [1, '2 elements; the input has 64', ['run', DIGITS, '--input', 'DIR/short.json']],
    [1, 'element 0 is 200; i8 holds -128…127', ['run', DIGITS, '--input', 'DIR/wide.json']],
    [3, 'no such file', ['run', DIGITS, '--input', 'DIR/absent.json']],
    [3, 'no such file or directory', ['inspect', 'DIR/absent']],
  ] as const)('are refused with %i: %s', async (code, message, args) => {
    const result = await runCli(['model', ...args.map((arg) => arg.replace('DIR', directory))]);
    expect(result).toMatchObject({ code, stderr: expect.stringContaining(message) });
  });
});
