import type { OutputPiece } from '@aivm/sdk';

/** How long the pieces of an answer are kept once it is whole, for who asks late, milliseconds. */
const KEPT_MS = 60_000;
/** Answers whose pieces are kept; the oldest give way. */
const ANSWERS_MAX = 256;
/** Bytes of text, or tokens, of one answer that are kept. */
const PIECES_MAX = 65_536;

interface Buffer {
  readonly pieces: OutputPiece[];
  isEnded: boolean;
  /** Called after every change. */
  readonly listeners: Set<() => void>;
}

/** The pieces of answers that are being made, for whoever may hear them. */
export interface StreamHub {
  /** An answer is begun: what was said of an earlier attempt is void. */
  begin(taskId: string): void;
  publish(taskId: string, piece: OutputPiece): void;
  end(taskId: string): void;
  /** All pieces of an answer from its beginning, until its end. Waits for an answer that is not begun. */
  listen(taskId: string, signal: AbortSignal): AsyncGenerator<OutputPiece, void, undefined>;
}

/** A hub in memory. */
export function createStreamHub(): StreamHub {
  const buffers = new Map<string, Buffer>();
  const waiting = new Map<string, Set<() => void>>();

  const forget = (taskId: string, buffer: Buffer): void => {
    if (buffers.get(taskId) === buffer) buffers.delete(taskId);
  };
  const tell = (listeners: Iterable<() => void>): void => {
    for (const listener of [...listeners]) listener();
  };
  const end = (taskId: string, buffer: Buffer): void => {
    buffer.isEnded = true;
    tell(buffer.listeners);
    setTimeout(() => forget(taskId, buffer), KEPT_MS).unref();
  };
  /** Resolves when one of `listeners` is told, or `signal` is aborted. */
  const change = (listeners: Set<() => void>, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      listeners.add(done);
      signal.addEventListener('abort', done, { once: true });
    });

  return {
    begin: (taskId) => {
      const before = buffers.get(taskId);
      if (before !== undefined && !before.isEnded) end(taskId, before);
      buffers.delete(taskId);
      const oldest = buffers.size >= ANSWERS_MAX ? buffers.keys().next().value : undefined;
      if (oldest !== undefined) buffers.delete(oldest);
      buffers.set(taskId, { pieces: [], isEnded: false, listeners: new Set() });
      tell(waiting.get(taskId) ?? []);
    },
    publish: (taskId, piece) => {
      const buffer = buffers.get(taskId);
      if (buffer === undefined || buffer.isEnded || buffer.pieces.length >= PIECES_MAX) return;
      buffer.pieces.push(piece);
      tell(buffer.listeners);
    },
    end: (taskId) => {
      const buffer = buffers.get(taskId);
      if (buffer !== undefined && !buffer.isEnded) end(taskId, buffer);
    },
    listen: async function* (taskId, signal) {
      while (!buffers.has(taskId) && !signal.aborted) {
        const listeners = waiting.get(taskId) ?? new Set();
        waiting.set(taskId, listeners);
        await change(listeners, signal);
        if (listeners.size === 0) waiting.delete(taskId);
      }
      const buffer = buffers.get(taskId);
      if (buffer === undefined) return;
      for (let next = 0; !signal.aborted; ) {
        const piece = buffer.pieces[next];
        if (piece !== undefined) {
          next++;
          yield piece;
        } else if (buffer.isEnded) return;
        else await change(buffer.listeners, signal);
      }
    },
  };
}
