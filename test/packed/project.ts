import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageNames } from '../source-tree.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** What a program wrote, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; never throws for its exit code. */
export async function runProgram(file: string, args: readonly string[], cwd: string): Promise<Ended> {
  try {
    const { stdout, stderr } = await run(file, [...args], {
      cwd,
      env: cleanEnvironment(),
      maxBuffer: 2 ** 26,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as Partial<Ended> & { code?: unknown };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

/** The environment without what npm and vitest put there for this checkout. */
export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_|AIVM_|VITEST|NODE_OPTIONS|NODE_ENV)/.test(name),
    ),
  );

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
}

/** The folders of the packages that are published, by name. */
async function publicPackages(): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>();
  for (const folder of packageNames()) {
    const path = join(ROOT, 'packages', folder);
    const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as Manifest;
    if (manifest.private !== true) folders.set(manifest.name, path);
  }
  return folders;
}

/** An empty project into which the packed packages were installed, as anybody would. */
export interface PackedProject {
  readonly directory: string;
  /** Names of what was packed. */
  readonly packages: readonly string[];
}

/** Packs every public package (which must be built) and installs the tarballs. @throws Error what npm says */
export async function installPacked(): Promise<PackedProject> {
  const directory = await mkdtemp(join(tmpdir(), 'aivm-packed-'));
  const tarballs = join(directory, 'tarballs');
  await mkdir(tarballs);
  const folders = await publicPackages();
  await run('npm', ['pack', '--silent', '--pack-destination', tarballs, ...folders.values()], {
    cwd: ROOT,
    env: cleanEnvironment(),
  });
  const files = await readdir(tarballs);
  const dependencies = Object.fromEntries(
    [...folders.keys()].map((name) => {
      const start = `${name.replace('@', '').replace('/', '-')}-`;
      const file = files.find((each) => each.startsWith(start) && /^\d/.test(each.slice(start.length)));
      if (file === undefined) throw new Error(`${name} was not packed: ${files.join(', ')}`);
      return [name, `file:tarballs/${file}`];
    }),
  );
  const manifest = { name: 'somebody', version: '1.0.0', private: true, type: 'module', dependencies };
  await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
  // The root of a monorepo of somebody else: it must not be taken for this one.
  await writeFile(join(directory, 'tsconfig.base.json'), '{}');
  await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: directory,
    env: cleanEnvironment(),
    maxBuffer: 2 ** 26,
  });
  return { directory, packages: [...folders.keys()] };
}
