import { AivmError } from '@aivm/core/errors';
import { AnswerError, askedPauseMs } from '../client/answer-error.ts';
import { backoffMs, type CallOptions, sleep } from '../client/client-options.ts';
import type { Clock } from '../client/clock.ts';

const FIRST_PAUSE_MS = 100;
/** A doubling beyond this exponent would exceed the longest pause anyhow. */
const DOUBLINGS_MAX = 5;
/** Time that a request may take beside the waiting that it asks the node for. */
const REQUEST_MS = 5_000;
/** A request begun at the very end still gets so long. */
const LAST_REQUEST_MS = 1_000;

/** Requests without an answer, before anything was signed, after which nobody is taken to be there. */
const UNANSWERED_MAX = 4;

/** The longest wait of the platform's timers, 24.8 days. */
const TIMEOUT_MS_MAX = 0x7fff_ffff - REQUEST_MS;

/** Codes with which a node says that this moment is bad, not that the request is. */
const MOMENTARY = ['rate_limited', 'unreachable', 'timeout', 'internal', 'not_initialized'];

/** Whether `error` is the node's own word about the request, not a lost answer and not a bad moment. */
export const isRefusal = (error: unknown): error is AnswerError =>
  error instanceof AnswerError && error.isFromNode && !MOMENTARY.includes(error.code);

/** Whether asking again can give another answer: not where the node refuses, or another server answers for good. */
const isPassing = (error: unknown): boolean => {
  if (!(error instanceof AivmError) || error.code === 'wrong_chain') return false;
  // Without an answer of the node it may be a page of something between, which is gone the next time.
  return !(error instanceof AnswerError) || MOMENTARY.includes(error.code);
};

/** How long the steps of one send may go on trying. */
export class Patience {
  readonly #endsAt: number;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;

  constructor(
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
    { clock }: { readonly clock: Clock },
  ) {
    if (!(timeoutMs >= 0))
      throw new RangeError(`timeoutMs: expected 0 or more milliseconds, got ${timeoutMs}`);
    this.#clock = clock;
    this.#endsAt = clock.now() + Math.min(TIMEOUT_MS_MAX, Math.ceil(timeoutMs));
    this.#signal = signal;
  }

  get leftMs(): number {
    return Math.max(0, this.#endsAt - this.#clock.now());
  }

  get isOver(): boolean {
    return this.leftMs === 0;
  }

  /** @throws the reason of the signal that the caller aborted. */
  throwIfAborted(): void {
    this.#signal?.throwIfAborted();
  }

  /** Options of one request that asks the node to wait for `waitMs`. Repeating it is up to the caller. */
  request(waitMs = 0): CallOptions {
    const timeoutMs = waitMs + Math.max(LAST_REQUEST_MS, Math.min(REQUEST_MS, this.leftMs));
    return { timeoutMs, retriesMax: 0, ...(this.#signal === undefined ? {} : { signal: this.#signal }) };
  }

  /** Pauses before try `attempt` + 1, as long as `error` asks for. @returns false where no time is left. */
  async pause(error: unknown, attempt: number): Promise<boolean> {
    this.throwIfAborted();
    if (this.isOver) return false;
    const pauseMs = backoffMs(FIRST_PAUSE_MS, Math.min(DOUBLINGS_MAX, attempt), this.#clock);
    const wantedMs = Math.max(askedPauseMs(error) ?? 0, pauseMs);
    await sleep(Math.min(this.leftMs, wantedMs), this.#signal, this.#clock);
    return true;
  }

  /**
   * Asks until an answer comes or the time is over. For questions only: it repeats them.
   * @throws the node's refusal, the last failure, or the reason of the caller's signal.
   */
  ask<T>(question: (options: CallOptions) => Promise<T>): Promise<T> {
    return this.#ask(question, Number.POSITIVE_INFINITY);
  }

  /** As `ask` while nothing is at stake yet: where no node answers at all, it soon says so. */
  askFirst<T>(question: (options: CallOptions) => Promise<T>): Promise<T> {
    return this.#ask(question, UNANSWERED_MAX);
  }

  async #ask<T>(question: (options: CallOptions) => Promise<T>, unansweredMax: number): Promise<T> {
    for (let attempt = 0, unanswered = 0; ; attempt++) {
      try {
        return await question(this.request());
      } catch (error) {
        this.throwIfAborted();
        if (!(error instanceof AnswerError)) unanswered++;
        if (!isPassing(error) || unanswered >= unansweredMax || !(await this.pause(error, attempt)))
          throw error;
      }
    }
  }
}
