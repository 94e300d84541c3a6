import type { ChainEvent } from '@aivm/sdk';
import { useEffect, useState } from 'preact/hooks';
import { client } from './client.ts';

/** What happened to a task, as far as it was read. */
export interface TaskHistory {
  /** Oldest first. */
  readonly events: readonly ChainEvent[];
  /** The last height that was read. */
  readonly readTo: number;
  /** Whether blocks were left out, because there are too many. */
  readonly isCut: boolean;
  readonly error: Error | undefined;
}

/** A task of the longest deadline has ended within so many blocks, its window included. */
const BLOCKS_MAX = 30_000;
const EVENTS_MAX = 2_000;
const SHOW_MS = 200;

const isAbout = (event: ChainEvent, id: string): boolean => 'task_id' in event && event.task_id === id;

/**
 * Reads the events of the blocks in which a task lived, and goes on while it lives.
 *
 * @param createdAt undefined while it is not known
 * @param endedAt undefined while the task goes on
 */
export function useTaskHistory(
  id: string,
  createdAt: number | undefined,
  endedAt: number | undefined,
): TaskHistory {
  const [history, setHistory] = useState<TaskHistory>({
    events: [],
    readTo: 0,
    isCut: false,
    error: undefined,
  });
  useEffect(() => {
    if (createdAt === undefined) return;
    const abort = new AbortController();
    let now: TaskHistory = { events: [], readTo: createdAt, isCut: false, error: undefined };
    // What was read before stays until the first of what is read now.
    const show = (): void => {
      if (!abort.signal.aborted && now.events.length > 0) setHistory(now);
    };
    const timer = setInterval(show, SHOW_MS);
    const read = async (): Promise<void> => {
      const place = { height: createdAt, index: -1 };
      for await (const event of client.subscribeEvents({ after: place, signal: abort.signal })) {
        const events = isAbout(event, id) ? [...now.events, event] : now.events;
        now = { ...now, events, readTo: event.height };
        const isOver = event.kind === 'block' && endedAt !== undefined && event.height >= endedAt;
        const isCut = event.height - createdAt > BLOCKS_MAX || events.length >= EVENTS_MAX;
        if (isCut) now = { ...now, isCut: true };
        if (isOver || isCut) return;
      }
    };
    read()
      .catch((error: unknown) => {
        if (!abort.signal.aborted)
          now = { ...now, error: error instanceof Error ? error : new Error(String(error)) };
      })
      .finally(() => {
        clearInterval(timer);
        if (!abort.signal.aborted) setHistory(now);
      });
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [id, createdAt, endedAt]);
  return history;
}
