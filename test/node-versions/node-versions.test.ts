import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNode, NODE_MAJORS } from '../packed/node-binaries.ts';
import { ROOT, runProgram } from '../packed/project.ts';

/** Enough that the liar is drawn with a probability of 1 − (3/4)^48 ≈ 1 − 10^−6. */
const ROWS = 48;
const CLI = join(ROOT, 'packages', 'cli', 'bin', 'aivm.js');
const TIMEOUT_MS = 400_000;

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'aivm-node-versions-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** The versions above the oldest one, under which every other test runs. */
const newer = NODE_MAJORS.filter((major) => !process.versions.node.startsWith(`${major}.`));

describe.each(newer)('under Node.js %i', (major) => {
  it('the kernels agree with the golden vectors', { timeout: TIMEOUT_MS }, async (context) => {
    const node = await findNode(major);
    if ('missing' in node) return context.skip(node.missing);
    const vectors = join(ROOT, 'vectors');
    const { code, stderr } = await runProgram(
      node.path,
      [CLI, 'conformance', vectors, '--backend', 'wasm'],
      ROOT,
    );
    expect(code, stderr).toBe(0);
  });

  it('the demo ends as it should, and its chain verifies', { timeout: TIMEOUT_MS }, async (context) => {
    const node = await findNode(major);
    if ('missing' in node) return context.skip(node.missing);
    const chain = join(directory, String(major));
    const demo = ['demo', '--json', '--rows', String(ROWS), '--data-dir', chain];
    const played = await runProgram(node.path, [CLI, ...demo], ROOT);
    expect(played.code, played.stderr).toBe(0);
    const verified = await runProgram(node.path, [CLI, 'verify-db', chain, '--json'], ROOT);
    expect(verified.code, verified.stderr).toBe(0);
  });
});
