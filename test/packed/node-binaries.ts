import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment, ROOT } from './project.ts';

const run = promisify(execFile);

/** A Node.js to try, or why there is none. */
export type NodeBinary = { readonly path: string; readonly version: string } | { readonly missing: string };

/** Major versions that the packages promise to run under: the oldest, and every even one since. */
export const NODE_MAJORS = [20, 22, 24, 26] as const;

/**
 * The newest Node.js of a major version, out of the npm package of this platform's binaries, which is kept between runs.
 * Where npm does not have it or cannot be reached, the reason.
 */
export async function findNode(major: number): Promise<NodeBinary> {
  if (process.versions.node.startsWith(`${major}.`)) {
    return { path: process.execPath, version: process.versions.node };
  }
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(ROOT, 'node_modules', '.cache', 'aivm-node', String(major));
  const path = join(folder, 'node_modules', name, 'bin', 'node');
  try {
    if (!existsSync(path)) {
      await mkdir(folder, { recursive: true });
      const flags = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts'];
      await run('npm', ['install', '--prefix', folder, ...flags, `${name}@${major}`], {
        env: cleanEnvironment(),
      });
    }
    const { stdout } = await run(path, ['--version']);
    return { path, version: stdout.trim().slice(1) };
  } catch (error) {
    return { missing: `no Node.js ${major}: ${(error as Error).message.split('\n')[0]}` };
  }
}
