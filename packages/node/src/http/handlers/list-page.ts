import { AivmError } from '@aivm/core/errors';
import type { NodeApi } from '../../local/node-api.ts';
import { errorRecord, type Log } from '../../log.ts';
import { createTimeSlice } from '../time-slice.ts';

/** Entries of a page when the request names no limit. */
export const PAGE_LIMIT = 20;

/** A position in a list that begins at 0. @throws AivmError `malformed` for a cursor that no page gave. */
export function cursorPosition(cursor: string | undefined, list: string): number {
  if (cursor === undefined) return 0;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new AivmError('malformed', `cursor: "${cursor.slice(0, 40)}" is not one of a list of ${list}`);
}

/**
 * Shows entries one after the other, in slices of the thread's time. One that cannot be shown is a bug: it is logged and left
 * out, so that the rest of the list can be read.
 */
export async function showEach<R, T>(
  entries: Iterable<R>,
  show: (entry: R) => T,
  { node, log, list }: { readonly node: Pick<NodeApi, 'clock'>; readonly log: Log; readonly list: string },
): Promise<T[]> {
  const pause = createTimeSlice(node.clock);
  const shown: T[] = [];
  let position = 0;
  for (const entry of entries) {
    try {
      shown.push(show(entry));
    } catch (error) {
      log.error({ err: errorRecord(error), list, position }, 'an entry was left out of a list');
    }
    position++;
    await pause();
  }
  return shown;
}
