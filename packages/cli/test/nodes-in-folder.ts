import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type CliProcess, startCli } from './spawn-cli.ts';

const START_MS = 120_000;

/** Nodes that one test starts in a folder of its own. After the test they are killed and the folder is gone. */
export function nodesInFolder(prefix: string) {
  let directory = '';
  const running: CliProcess[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), prefix));
  });
  afterEach(async () => {
    for (const { child } of running)
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await Promise.all(running.splice(0).map(({ ended }) => ended));
    await rm(directory, { recursive: true, force: true });
  });
  return {
    place: (name: string): string => join(directory, name),
    /** Starts a command that serves, at a free port. */
    start: async (args: readonly string[]): Promise<{ process: CliProcess; url: string }> => {
      const process = startCli([...args, '--json', '--port', '0']);
      running.push(process);
      const [, url = ''] = await process.waitFor(/"url":"(http:[^"]+)"/, START_MS);
      return { process, url };
    },
  };
}
