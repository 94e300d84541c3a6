import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../cli-context.ts';
import type { LogLevel } from '../node/stderr-log.ts';
import { VERSION_TEXT } from '../version-text.ts';

const LAUNCHER = fileURLToPath(new URL('../../bin/aivm.js', import.meta.url));
const COMPILED = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const EXECUTABLE = 0o755;

/** A word of sh, whatever it holds. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The script that a node starts: its environment may be empty, and `exec` keeps the process's id. */
function scriptOf(args: readonly string[]): string {
  const words = [process.execPath, LAUNCHER, 'plugin', ...args].map(quoted).join(' ');
  return `#!/bin/sh\n# AIVM ${VERSION_TEXT}, written by "aivm plugin install".\nexport AIVM_USE_DIST=1\nexec ${words}\n`;
}

/**
 * Writes the plugin's file into a node's folder of plugins, which is made if it is not there; a former one is replaced.
 * @throws UsageError where nothing is compiled, or there is no sh.
 */
export async function installPlugin(options: {
  readonly pluginDir: string;
  readonly protocolVersion?: number | undefined;
  readonly logLevel: LogLevel;
}): Promise<{ readonly path: string; readonly vmId: string }> {
  const { pluginDir, protocolVersion, logLevel } = options;
  if (process.platform === 'win32')
    throw new UsageError('plugins are started by /bin/sh, which Windows has not');
  if (!existsSync(COMPILED)) throw new UsageError(`${COMPILED} is missing; run "npm run build" first`);
  const { VMID } = await import('@aivm/node/plugin');
  const { bytesToCb58 } = await import('@aivm/sdk');
  const vmId = bytesToCb58(VMID);
  const path = join(resolve(pluginDir), vmId);
  const protocol = protocolVersion === undefined ? [] : ['--protocol-version', String(protocolVersion)];
  await mkdir(pluginDir, { recursive: true });
  // Whoever runs the former one keeps it.
  await rm(path, { force: true });
  await writeFile(path, scriptOf([...protocol, '--log-level', logLevel]), { flag: 'wx' });
  await chmod(path, EXECUTABLE);
  return { path, vmId };
}
