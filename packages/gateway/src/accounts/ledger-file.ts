import { type FileHandle, open, readFile, truncate } from 'node:fs/promises';
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

/** What was read of a ledger, and how many of the file's bytes that is. */
function entriesOf(text: string, path: string): { entries: readonly LedgerEntry[]; bytes: number } {
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  const entries = lines.map((line, i) => entryOf(line, `${path}:${i + 1}`));
  return { entries, bytes: Buffer.byteLength(text) - Buffer.byteLength(tail) };
}

/**
 * A ledger in a file of one JSON object a line. A last line that a crash cut off is left out; any other damage is refused.
 * Two processes that keep one ledger would each allow what a limit allows once: whoever finds the other's lines stops.
 * @throws AivmError `malformed` that names the line; `data_dir_locked` where another process writes
 */
export function createLedgerFile(path: string): LedgerStore & { close(): Promise<void> } {
  let file: FileHandle | undefined;
  let last: Promise<void> = Promise.resolve();
  /** Bytes of whole lines, all of which this process has read or written. */
  let known = 0;
  /** Whether a write of this process failed, and may have left part of a line. */
  let isTorn = false;

  const write = async (entry: LedgerEntry): Promise<void> => {
    file ??= await open(path, 'a', 0o600);
    if (isTorn) await file.truncate(known);
    isTorn = false;
    const { size } = await file.stat();
    if (size !== known)
      throw new AivmError(
        'data_dir_locked',
        `${path}: ${size} bytes, not ${known}: another gateway writes to it, and each needs its own`,
      );
    const line = toLine(entry);
    isTorn = true;
    await file.appendFile(line);
    await file.datasync();
    isTorn = false;
    known += Buffer.byteLength(line);
  };

  return {
    load: async () => {
      const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === 'ENOENT') return '';
        throw new AivmError('not_found', `${path}: ${cause.message}`, { cause });
      });
      const { entries, bytes } = entriesOf(text, path);
      known = bytes;
      if (bytes < Buffer.byteLength(text)) await truncate(path, bytes);
      return entries;
    },
    append: (entry) => {
      last = last.catch(() => undefined).then(() => write(entry));
      return last;
    },
    close: async () => {
      await last.catch(() => undefined);
      await file?.close();
    },
  };
}
