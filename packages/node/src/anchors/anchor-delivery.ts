import { anchorToShape } from '@aivm/sdk';
import { errorFields, type Log, silentLog } from '../log.ts';
import { pauseAfterFailures, sleepUntil } from '../sleep.ts';
import type { AnchorOutbox } from './anchor-outbox.ts';
import { type AnchorSink, AnchorSinkError, type AnchorSinkStatus } from './anchor-sink.ts';

/** How long to wait between attempts: doubled from the first to the most. */
export interface AnchorBackoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

export const DEFAULT_ANCHOR_BACKOFF: AnchorBackoff = { firstMs: 1_000, mostMs: 5 * 60_000 };

export interface AnchorDeliveryDependencies {
  readonly outbox: AnchorOutbox;
  readonly log?: Log | undefined;
  readonly nowMs?: (() => number) | undefined;
  readonly backoff?: AnchorBackoff | undefined;
}

/**
 * Hands the outbox to one sink, in order, one at a time, for ever: an attempt that fails is made again, later and later.
 * An anchor counts as delivered when the sink says so; a crash before that is written down delivers it once more.
 */
export class AnchorDelivery {
  readonly #name: string;
  readonly #sink: AnchorSink;
  readonly #outbox: AnchorOutbox;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #backoff: AnchorBackoff;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #wake: () => void = () => undefined;
  #next: number;
  #failuresInARow = 0;
  #lastError: string | undefined;

  constructor(name: string, sink: AnchorSink, { outbox, log, nowMs, backoff }: AnchorDeliveryDependencies) {
    this.#name = name;
    this.#sink = sink;
    this.#outbox = outbox;
    this.#log = log ?? silentLog;
    this.#nowMs = nowMs ?? Date.now;
    this.#backoff = backoff ?? DEFAULT_ANCHOR_BACKOFF;
    this.#next = outbox.readCursor(sink.destination);
  }

  status(): AnchorSinkStatus {
    return {
      sink: this.#name,
      delivered: this.#next,
      failuresInARow: this.#failuresInARow,
      lastError: this.#lastError,
    };
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Ends after the attempt in progress, which is given up. The sink is closed then. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the node stops'));
    await this.#running;
    await this.#sink.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const removeListener = this.#outbox.onAnchor(() => this.#wake());
    let isInStep = false;
    while (!signal.aborted) {
      try {
        if (!isInStep) await this.#resume(signal);
        isInStep = true;
        await this.#deliverAll(signal);
        await this.#untilWoken(signal);
      } catch (error) {
        isInStep = false;
        if (!signal.aborted) await this.#afterFailure(error, signal);
      }
    }
    removeListener();
  }

  /** Where to go on: what the destination says of itself counts more than what this node remembers. */
  async #resume(signal: AbortSignal): Promise<void> {
    const wanted = await this.#sink.next(this.#outbox.origin, signal);
    const next = wanted ?? this.#outbox.readCursor(this.#sink.destination);
    const { count } = this.#outbox;
    if (next > count) {
      throw new AnchorSinkError(
        `it holds anchors up to ${next}, this chain made ${count}: not the same history`,
      );
    }
    this.#next = next;
  }

  async #deliverAll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const message = this.#outbox.get(this.#next);
      if (message === undefined || !this.#outbox.isReady(this.#next)) break;
      await this.#sink.deliver(anchorToShape(message), signal, this.#outbox.endorsementOf(this.#next));
      this.#next++;
      this.#failuresInARow = 0;
      this.#lastError = undefined;
      await this.#outbox.saveCursor(this.#sink.destination, this.#next);
      this.#log.debug({ sink: this.#name, anchor: String(message.number) }, 'anchor delivered');
    }
    this.#failuresInARow = 0;
    this.#lastError = undefined;
  }

  /** An anchor made between the last look and this wait is seen: nothing awaits in between. */
  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = end;
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted || this.#outbox.isReady(this.#next)) end();
    });
  }

  async #afterFailure(error: unknown, signal: AbortSignal): Promise<void> {
    const delayMs = pauseAfterFailures(this.#failuresInARow, this.#backoff);
    this.#failuresInARow++;
    // Only what a sink words itself is fit for everybody; the log gets the rest.
    this.#lastError = error instanceof AnchorSinkError ? error.message : 'failed: see the log of the node';
    const fields = { sink: this.#name, anchor: this.#next, retryMs: delayMs, ...errorFields(error) };
    if (this.#failuresInARow === 1) this.#log.warn(fields, 'anchor not delivered');
    else this.#log.debug(fields, 'anchor not delivered');
    await sleepUntil(this.#nowMs() + delayMs, { nowMs: this.#nowMs, signal }).catch(() => undefined);
  }
}
