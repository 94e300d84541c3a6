import { execFile } from 'node:child_process';
import { AivmError } from '@aivm/core/errors';
import type { Check, Finding } from './finding.ts';

const TIMEOUT_MS = 20_000;

type Look = Omit<Finding, 'part' | 'purpose'>;

/** Returns the first line that a program prints, or undefined if the program is not installed. @throws Error if it fails */
const firstLine = (program: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    execFile(program, [...args], { timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve((stdout.trim() || stderr.trim()).split('\n')[0] ?? '');
      else if ((error as NodeJS.ErrnoException).code === 'ENOENT') resolve(undefined);
      else reject(new Error(`${program}: ${stderr.trim().split('\n').at(-1) || error.message}`));
    });
  });

/** A program under any of its names, asked for its version. */
async function lookFor(names: readonly string[], args: readonly string[], remedy: string): Promise<Look> {
  for (const name of names) {
    const line = await firstLine(name, args);
    if (line !== undefined) return { state: 'ok', found: line };
  }
  return { state: 'absent', found: 'not installed', remedy };
}

/** Programs that some parts use and none needs. */
export const programChecks = (env: Readonly<Record<string, string | undefined>>): readonly Check[] => [
  {
    part: 'CometBFT',
    purpose: 'four validators on this machine: aivm cluster, aivm demo --host cometbft',
    look: async () => {
      const { findEngine, INSTALL_COMETBFT } = await import('../cluster/find-engine.ts');
      try {
        const { path, version } = await findEngine(undefined, env);
        return { state: 'ok', found: `${version}, ${path}` };
      } catch (error) {
        if (!(error instanceof AivmError) || error.code !== 'not_found') throw error;
        return { state: 'absent', found: 'not installed', remedy: INSTALL_COMETBFT };
      }
    },
  },
  {
    part: 'NVIDIA driver',
    purpose: 'the CUDA plugin, and facts about cards',
    look: () =>
      lookFor(
        ['nvidia-smi'],
        ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'],
        "install the card's driver; without a card nothing is missing",
      ),
  },
  {
    part: 'C compiler',
    purpose: 'npm run build:native, the engine for processors',
    look: () => lookFor(['cc'], ['--version'], 'apt-get install gcc, or the command line tools of Xcode'),
  },
  {
    part: 'CUDA compiler',
    purpose: 'npm run build:native for NVIDIA cards',
    look: () => lookFor(['nvcc'], ['--version'], 'the CUDA toolkit; without a card nothing is missing'),
  },
  {
    part: 'Chromium',
    purpose: 'tests in a browser',
    look: () =>
      lookFor(
        ['chromium', 'chromium-browser', 'google-chrome'],
        ['--version'],
        'apt-get install chromium; only tests use it',
      ),
  },
  {
    part: 'numpy',
    purpose: 'oracles of the networks, and training scripts',
    look: async () => {
      const absent = {
        state: 'absent',
        remedy: 'pip install numpy; only oracles and scripts use it',
      } as const;
      const line = await firstLine('python3', ['-c', 'import numpy; print(numpy.__version__)']).catch(
        () => 'none',
      );
      if (line === undefined) return { ...absent, found: 'no python3' };
      return line === 'none' ? { ...absent, found: 'python3 without numpy' } : { state: 'ok', found: line };
    },
  },
];
