import { bytesToUtf8, utf8ToBytes } from '@aivm/core';
import { afterEach, describe, expect, it } from 'vitest';
import { type CommandBackendOptions, createPersistentBackend, type PersistentBackend } from '../src/index.ts';

const model = {
  id: 'adder',
  checkClass: 'opaque',
  weightHash: new Uint8Array(32),
  modelRoot: new Uint8Array(32),
  parameters: new Uint8Array(0),
} as const;

/** A program that counts its questions and does `body` with each. */
const program = (body: string): string => `
  let count = 0;
  const reply = (line) => process.stdout.write(JSON.stringify(line) + '\\n');
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, input, model, task } = JSON.parse(line);
    count++;
    ${body}
  });`;

describe('a program that runs on', () => {
  let backend: PersistentBackend;
  afterEach(() => backend.close());
  const open = (body: string, more: Partial<CommandBackendOptions> = {}) => {
    backend = createPersistentBackend({
      program: process.execPath,
      args: ['-e', program(body)],
      nowMs: () => performance.now(),
      ...more,
    });
  };
  const ask = async (input: string, taskId = 't') => {
    const job = { taskId, model, input: utf8ToBytes(input) };
    return bytesToUtf8((await backend.run(job, { signal: new AbortController().signal })).output);
  };

  it('is started once and answers in any order', async () => {
    open('setTimeout(() => reply({ id, output: [count, model, task, input] }), input === 1 ? 200 : 0);');
    const [slow, quick] = await Promise.all([ask('1', 'a'), ask('2', 'b')]);
    expect([slow, quick]).toEqual(['[2,"adder","a",1]', '[2,"adder","b",2]']);
    expect(await ask('3', 'c')).toBe('[3,"adder","c",3]');
  });

  it('fails a task by name and answers the next', async () => {
    open('if (input === 1) reply({ id, error: "out of memory" }); else reply({ id, output: count });');
    await expect(ask('1')).rejects.toMatchObject({
      reason: 'failed',
      detail: expect.stringMatching(/out of memory/),
    });
    expect(await ask('2')).toBe('2');
  });

  it('is started anew after it ended', async () => {
    open('if (input === 1) process.exit(3); else reply({ id, output: count });');
    await expect(ask('1')).rejects.toMatchObject({
      reason: 'failed',
      detail: expect.stringMatching(/exited with 3/),
    });
    expect(await ask('2')).toBe('1');
  });

  it('is started anew after it was late', async () => {
    open('if (input !== 1) reply({ id, output: count });', { timeoutMs: 2_000 });
    await expect(ask('1')).rejects.toMatchObject({ reason: 'late' });
    expect(await ask('2')).toBe('1');
  });

  it('may say what it likes beside answers', async () => {
    open('console.log("loading"); reply({ id: 99, output: 1 }); reply({ id, output: input });');
    expect(await ask('{"a":1}')).toBe('{"a":1}');
  });

  it('may not write without end', async () => {
    open('process.stdout.write("x".repeat(5000));', { outputBytesMax: 1_000 });
    await expect(ask('1')).rejects.toMatchObject({ reason: 'tooMuch' });
  });
});
