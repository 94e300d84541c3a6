import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import type { BackupManifest } from '../node/backup.ts';

const MIB = 2 ** 20;

const describe = ({ height, block, bytes, blobs }: BackupManifest): string =>
  `block ${height} ${block}, ${(bytes / MIB).toFixed(1)} MiB${blobs === 0 ? '' : `, weights of ${blobs} networks`}`;

interface BackupOptions {
  readonly json?: boolean;
  readonly dataDir: string;
  readonly to: string;
}

async function backUp(options: BackupOptions, context: CliContext): Promise<void> {
  const { askNode } = await import('../node/admin-socket.ts');
  const { backUpStopped } = await import('../node/backup.ts');
  const output = outputFor(context, options);
  const to = resolve(options.to);
  const { signal } = context;
  const told = await askNode(options.dataDir, 'backup', { body: { to }, signal });
  const isRunning = told !== undefined;
  const manifest = isRunning ? (told as BackupManifest) : await backUpStopped(options.dataDir, to, signal);
  output.line(`${isRunning ? 'the running node wrote' : 'wrote'} ${to}: ${describe(manifest)}`);
  output.line(`back again: aivm restore --from ${options.to} --data-dir DIR`);
  output.json({ ...manifest, to, running: isRunning });
}

/** `aivm backup` */
export const createBackupCommand = (context: CliContext): Command =>
  createCommand(
    'backup',
    'Copies a data directory as it is at one moment, also of a node that runs: blocks go on meanwhile.',
    'aivm backup --data-dir ./chain --to ./backups/monday',
  )
    .requiredOption('--data-dir <dir>', 'data directory of a node, running or not')
    .requiredOption('--to <dir>', 'a new folder for the backup; a running node writes it')
    .action((options: BackupOptions) => backUp(options, context));

interface RestoreOptions {
  readonly json?: boolean;
  readonly from: string;
  readonly dataDir: string;
  readonly adopt?: boolean;
}

async function restore(options: RestoreOptions, context: CliContext): Promise<void> {
  const { restoreBackup } = await import('../node/backup.ts');
  const output = outputFor(context, options);
  const { from, dataDir: dataDirectory, adopt = false } = options;
  const manifest = await restoreBackup(from, { dataDirectory, adopt, signal: context.signal });
  output.line(`${dataDirectory} holds the chain up to ${describe(manifest)}`);
  output.line(
    adopt
      ? `next: aivm node --data-dir ${dataDirectory}`
      : `next: aivm node --data-dir ${dataDirectory} --adopt, if the original will never make a block again; or --follow it`,
  );
  output.line(`every block is replayed by: aivm verify-db ${dataDirectory}`);
  output.json({ ...manifest, dataDir: dataDirectory, adopted: adopt });
}

/** `aivm restore` */
export const createRestoreCommand = (context: CliContext): Command =>
  createCommand(
    'restore',
    'Makes a data directory of a backup, and reads all of it against its checksums.',
    'aivm restore --from ./backups/monday --data-dir ./chain',
  )
    .requiredOption('--from <dir>', 'folder of a backup; may be read-only')
    .requiredOption('--data-dir <dir>', 'a new or empty folder')
    .option('--adopt', 'the original will never make a block again: a node may go on from here at once')
    .action((options: RestoreOptions) => restore(options, context));
