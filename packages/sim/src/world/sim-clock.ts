import type { Clock } from '@aivm/sdk';
import type { Random } from './random.ts';

interface Alarm {
  readonly atMs: number;
  /** Of two alarms at one time the one that was set first goes first. */
  readonly order: number;
  run: (() => void) | undefined;
}

const isBefore = (left: Alarm, right: Alarm): boolean =>
  left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);

/**
 * Lets everything run that can run now. Programs of a simulation wait for its clock, its network and its disks alone, none
 * of which needs the outer world, so that one turn of the event loop is enough.
 */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Made once: requests are many, and most are answered long before. */
export const TIME_IS_OVER: DOMException = new DOMException('the time is over', 'TimeoutError');

/** Time that passes only when the simulation says so. */
export class SimClock implements Clock {
  #nowMs: number;
  readonly #random: Random;
  /** A heap, the next alarm first. */
  readonly #alarms: Alarm[] = [];
  #set = 0;

  constructor(nowMs: number, random: Random) {
    this.#nowMs = nowMs;
    this.#random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#random.next() / 2 ** 32;
  }

  after(ms: number, run: () => void): () => void {
    const alarm: Alarm = { atMs: this.#nowMs + Math.max(0, Math.ceil(ms)), order: this.#set++, run };
    this.#push(alarm);
    return () => {
      alarm.run = undefined;
    };
  }

  timeout(ms: number): AbortSignal {
    const abort = new AbortController();
    this.after(ms, () => abort.abort(TIME_IS_OVER));
    return abort.signal;
  }

  /** Resolves after `ms`. */
  delay(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Goes on to a time; what is due until then happens on the way, one after the other. */
  async advance(toMs: number): Promise<void> {
    for (let next = this.#alarms[0]; next !== undefined && next.atMs <= toMs; next = this.#alarms[0]) {
      this.#pop();
      if (next.run === undefined) continue;
      this.#nowMs = next.atMs;
      next.run();
      await settle();
    }
    this.#nowMs = toMs;
  }

  #push(alarm: Alarm): void {
    const heap = this.#alarms;
    let at = heap.push(alarm) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Alarm;
      if (!isBefore(alarm, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = alarm;
  }

  #pop(): void {
    const heap = this.#alarms;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= heap.length) break;
      const hasRight = right < heap.length && isBefore(heap[right] as Alarm, heap[left] as Alarm);
      const child = hasRight ? right : left;
      if (!isBefore(heap[child] as Alarm, last)) break;
      heap[at] = heap[child] as Alarm;
      at = child;
    }
    heap[at] = last;
  }
}
