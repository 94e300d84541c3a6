import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_SCRIPT, CLIENT_TSCONFIG } from './client-script.ts';
import { findNode, NODE_MAJORS } from './node-binaries.ts';
import { cleanEnvironment, installPacked, type PackedProject, ROOT, runProgram } from './project.ts';

const INSTALL_MS = 300_000;
const RUN_MS = 120_000;

let project: PackedProject;
const inProject = (...path: readonly string[]): string => join(project.directory, ...path);

beforeAll(async () => {
  project = await installPacked();
  await writeFile(inProject('client.ts'), CLIENT_SCRIPT);
  await writeFile(
    inProject('process.d.ts'),
    'declare const process: { readonly argv: readonly string[] };\n',
  );
  await writeFile(inProject('tsconfig.json'), JSON.stringify(CLIENT_TSCONFIG));
}, INSTALL_MS);
afterAll(() => rm(project.directory, { recursive: true, force: true }));

/** Starts a development node of the installed package. @returns its URL, and how to stop it and learn its exit code */
async function startDevnet(node: string): Promise<{ readonly url: string; stop(): Promise<number | null> }> {
  const args = [
    inProject('node_modules', 'aivm', 'bin', 'aivm.js'),
    'devnet',
    '--port',
    '0',
    '--providers',
    '1',
    '--json',
  ];
  const child: ChildProcess = spawn(node, args, { cwd: project.directory, env: cleanEnvironment() });
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString();
      const found = /"url":"(http[^"]+)"/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    void ended.then(() => reject(new Error(`devnet ended: ${text}`)));
  });
  return {
    url,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

describe('the published packages, installed into an empty project', () => {
  it('are the ones without test keys', () => {
    expect([...project.packages].sort()).toEqual([
      '@aivm/backends',
      '@aivm/core',
      '@aivm/explorer',
      '@aivm/gateway',
      '@aivm/import',
      '@aivm/node',
      '@aivm/sdk',
      '@aivm/worker',
      'aivm',
    ]);
  });

  it('carry their licence', async () => {
    const licence = await readFile(join(ROOT, 'LICENSE'), 'utf8');
    for (const name of project.packages) {
      expect(await readFile(inProject('node_modules', name, 'LICENSE'), 'utf8')).toBe(licence);
    }
  });

  it('give a typed client that compiles under every strict rule', { timeout: RUN_MS }, async () => {
    const compiler = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, stdout } = await runProgram(process.execPath, [compiler, '-p', '.'], project.directory);
    expect(stdout).toBe('');
    expect(code).toBe(0);
  });

  it('say where the commands of private packages are to be had', { timeout: RUN_MS }, async () => {
    const bin = inProject('node_modules', 'aivm', 'bin', 'aivm.js');
    for (const args of [['demo'], ['sim', '--seed', '7'], ['bench', 'attest']]) {
      const { code, stderr } = await runProgram(process.execPath, [bin, ...args], project.directory);
      expect(stderr).toMatch(/^error: usage: aivm \w+(?: attest)? is not in the published package/);
      expect(code).toBe(2);
    }
  });

  it('bundle for a browser, no larger than docs/performance.md says', { timeout: RUN_MS }, async () => {
    const { outputFiles } = await build({
      stdin: { contents: "export * from '@aivm/sdk';", resolveDir: project.directory },
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      write: false,
    });
    const bytes = outputFiles[0]?.contents ?? new Uint8Array();
    const sizes = { minified: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length };
    const text = await readFile(join(ROOT, 'docs', 'performance.md'), 'utf8');
    const stated = /whole SDK for a browser: at most ([\d,]+) bytes minified, ([\d,]+) compressed/.exec(text);
    const [minified, gzipped] = [stated?.[1], stated?.[2]].map((part) => Number(part?.replaceAll(',', '')));
    expect(sizes.minified, JSON.stringify(sizes)).toBeLessThanOrEqual(minified ?? 0);
    expect(sizes.gzipped, JSON.stringify(sizes)).toBeLessThanOrEqual(gzipped ?? 0);
    // A bound that is far above the size says nothing.
    expect(sizes.gzipped).toBeGreaterThan((gzipped ?? 0) * 0.8);
  });
});

describe.each(NODE_MAJORS)('under Node.js %i', (major) => {
  it('a development node starts, serves the typed client, and stops with 0', {
    timeout: INSTALL_MS,
  }, async (context) => {
    const node = await findNode(major);
    if ('missing' in node) return context.skip(node.missing);
    expect(node.version.split('.')[0]).toBe(String(major));
    const devnet = await startDevnet(node.path);
    try {
      const { code, stdout, stderr } = await runProgram(
        node.path,
        [inProject('client.js'), devnet.url],
        project.directory,
      );
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        state: 'final',
        hashed: 32,
        output: [-128],
        settlement: 'posted',
      });
    } finally {
      expect(await devnet.stop()).toBe(0);
    }
  });
});
