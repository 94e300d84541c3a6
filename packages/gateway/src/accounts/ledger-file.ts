import { type FileHandle, open, readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import type { LedgerEntry, LedgerStore } from './spending.ts';

const toLine = ({ cost, ...entry }: LedgerEntry): string =>
  `${JSON.stringify({ ...entry, cost: String(cost) })}\n`;

function entryOf(line: string, place: string): LedgerEntry {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new AivmError('malformed', `${place}: no JSON`, { cause });
  }
  const { key, taskId, model, cost, state, atMs } = Object(value) as Record<string, unknown>;
  const isEntry =
    typeof key === 'string' &&
    typeof taskId === 'string' &&
    typeof model === 'string' &&
    typeof cost === 'string' &&
    /^\d{1,39}$/.test(cost) &&
    (state === 'reserved' || state === 'spent') &&
    typeof atMs === 'number';
  if (!isEntry) throw new AivmError('malformed', `${place}: no entry of a ledger`);
  return { key, taskId, model, cost: BigInt(cost), state, atMs };
}

/**
 * A ledger in a file of one JSON object a line. A last line that a crash cut off is left out; any other damage is refused.
 * @throws AivmError `malformed` that names the line
 */
export function createLedgerFile(path: string): LedgerStore & { close(): Promise<void> } {
  let opened: Promise<FileHandle> | undefined;
  let last: Promise<void> = Promise.resolve();
  return {
    load: async () => {
      const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return '';
        throw new AivmError('not_found', `${path}: ${cause.message}`, { cause });
      });
      const lines = text.split('\n');
      const tail = lines.pop() ?? '';
      const entries = lines.map((line, i) => entryOf(line, `${path}:${i + 1}`));
      if (tail !== '') {
        const file = await open(path, 'r+');
        await file.truncate(Buffer.byteLength(text) - Buffer.byteLength(tail));
        await file.close();
      }
      return entries;
    },
    append: (entry) => {
      last = last
        .catch(() => undefined)
        .then(async () => {
          opened ??= open(path, 'a', 0o600);
          const file = await opened;
          await file.appendFile(toLine(entry));
          await file.datasync();
        });
      return last;
    },
    close: async () => {
      await last.catch(() => undefined);
      await (await opened)?.close();
    },
  };
}
