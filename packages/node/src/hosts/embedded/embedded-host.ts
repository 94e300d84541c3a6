import type { StatelessBlock } from '@aivm/core/block';
import type { Work } from '../../builder/propose-block.ts';
import type { AcceptedBlock } from '../../chain/accepted-block.ts';
import type { Health } from '../../health.ts';
import type { DevelopmentControls } from '../../http/development-controls.ts';
import { errorFields, type Log, silentLog } from '../../log.ts';
import { pauseAfterFailures, sleepUntil } from '../../sleep.ts';
import type { Host, HostDependencies, HostFactory, HostPort } from '../host.ts';
import { DevelopmentChain, type DevelopmentHost } from './development-chain.ts';

/** When the only producer makes a block. */
export type EmbeddedMode =
  /**
   * At once for transactions; every blockTimeMs while timers are scheduled. Where only tasks wait that nobody serves it
   * stands still after {@link IDLE_BLOCKS_MAX} blocks: their deadlines come with the blocks of others.
   */
  | 'instant'
  /** Only blockTimeMs after the last block, and only when there is something to make it for. */
  | 'interval';

export interface EmbeddedHostOptions {
  readonly mode: EmbeddedMode;
  /** Above 0. */
  readonly blockTimeMs: number;
}

export interface EmbeddedHostDependencies extends HostDependencies {
  readonly port: HostPort;
}

/**
 * Empty blocks that an instant host makes while tasks only wait for somebody to serve them. Each visits a part of the queue;
 * a queue that these did not move waits for a transaction.
 */
const IDLE_BLOCKS_MAX = 100;
/** A genesis or a block of the second before may be a little ahead. */
const CLOCK_AHEAD_MS_MAX = 10_000;
const CLOCK_WARNING_MS = 60_000;
const BACKOFF = { firstMs: 100, mostMs: 10_000 } as const;

/** One producer that orders blocks alone: builds, verifies by full re-execution, accepts. */
export class EmbeddedHost implements Host {
  readonly kind = 'embedded';
  readonly development: DevelopmentControls | undefined;
  readonly #options: EmbeddedHostOptions;
  readonly #port: HostPort;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #onFatal: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #lastBlockMs = 0;
  #failuresInARow = 0;
  #blocks = 0;
  /** Empty blocks in a row while tasks only waited. */
  #idleBlocks = 0;
  #warnedOfClockMs = Number.NEGATIVE_INFINITY;
  /** What is added to the clock for the times of blocks, on a development chain. */
  #offsetMs = 0;
  #isAutomining = true;
  #making: Promise<unknown> = Promise.resolve();
  #resumed: (() => void) | undefined;

  constructor(options: EmbeddedHostOptions, { port, log, nowMs, onFatal }: EmbeddedHostDependencies) {
    if (!Number.isInteger(options.blockTimeMs) || options.blockTimeMs < 1) {
      throw new RangeError(`blockTimeMs: expected an integer above 0, got ${options.blockTimeMs}`);
    }
    this.#options = options;
    this.#port = port;
    this.#log = log ?? silentLog;
    this.#nowMs = nowMs ?? Date.now;
    this.#onFatal = onFatal ?? (() => undefined);
    this.development =
      port.development && new DevelopmentChain(port, port.development, this.#developmentHost());
  }

  start(): void {
    if (this.#running !== undefined) return;
    // Of the block before a restart only the second is known: the whole of it counts.
    const { header } = this.#port.lastAccepted();
    this.#lastBlockMs = Math.min(header.timestamp * 1_000 + 999, this.#nowMs());
    this.#running = this.#run(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the host stops'));
    await this.#running;
  }

  health(): Health {
    const aheadMs = this.#aheadMs();
    return {
      healthy: this.#failuresInARow === 0,
      details: {
        host: this.kind,
        host_mode: this.#options.mode,
        blocks_made: this.#blocks,
        block_failures_in_a_row: this.#failuresInARow,
        ...(aheadMs > CLOCK_AHEAD_MS_MAX ? { block_time_ahead_s: Math.floor(aheadMs / 1_000) } : {}),
      },
    };
  }

  /** By how much the time of the last block is ahead of this machine's clock. */
  #aheadMs(): number {
    return this.#port.lastAccepted().header.timestamp * 1_000 - this.#blockTimeMs();
  }

  /** A clock that was ahead for one block leaves block time standing until the clock gets there: durations stretch. */
  #warnOfClock(): void {
    const aheadMs = this.#aheadMs();
    if (aheadMs <= CLOCK_AHEAD_MS_MAX || this.#nowMs() - this.#warnedOfClockMs < CLOCK_WARNING_MS) return;
    this.#warnedOfClockMs = this.#nowMs();
    this.#log.warn(
      { aheadSeconds: Math.floor(aheadMs / 1_000) },
      'the last block is ahead of this clock: block time stands still until the clock gets there; set the clock',
    );
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const work = await this.#waitForWork(signal);
        await this.#waitForTurn(work, signal);
        await this.#untilAutomining(signal);
        await this.#exclusive(() => this.#makeNextBlock());
        this.#idleBlocks = work.onlyDeadlines && !work.transactions ? this.#idleBlocks + 1 : 0;
        this.#failuresInARow = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#port.failure !== undefined) {
          this.#log.error(errorFields(error), 'the store failed: no more blocks until a restart');
          this.#failuresInARow++;
          this.#onFatal(error);
          return;
        }
        await this.#backOff(error, signal);
      }
    }
  }

  async #waitForWork(signal: AbortSignal): Promise<Work> {
    const work = await this.#port.waitForWork({ signal });
    const isIdle = work.onlyDeadlines && !work.transactions && this.#idleBlocks >= IDLE_BLOCKS_MAX;
    if (this.#options.mode !== 'instant' || !isIdle) return work;
    return this.#port.waitForWork({ kind: 'transactions', signal });
  }

  async #waitForTurn({ transactions }: Work, signal: AbortSignal): Promise<void> {
    const { mode, blockTimeMs } = this.#options;
    if (mode === 'instant' && transactions) return;
    // A clock that was set back must not stop the chain for longer than one block time.
    const dueMs = Math.min(this.#lastBlockMs, this.#nowMs()) + blockTimeMs;
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    const turns: Promise<unknown>[] = [sleepUntil(dueMs, { nowMs: this.#nowMs, signal: either })];
    if (mode === 'instant') turns.push(this.#port.waitForWork({ kind: 'transactions', signal: either }));
    try {
      await Promise.race(turns);
    } finally {
      ended.abort(new Error('the other came first'));
      await Promise.allSettled(turns);
    }
  }

  /** The time that the next block is to have, by the clock. */
  #blockTimeMs(): number {
    return this.#nowMs() + this.#offsetMs;
  }

  /** Runs when the block in progress is made, and before the next one. */
  #exclusive<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#making.then(run);
    this.#making = done.catch(() => undefined);
    return done;
  }

  async #untilAutomining(signal: AbortSignal): Promise<void> {
    if (this.#isAutomining) return;
    await new Promise<void>((resolve) => {
      this.#resumed = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    signal.throwIfAborted();
  }

  #developmentHost(): DevelopmentHost {
    const host = this;
    return {
      nowMs: this.#nowMs,
      exclusive: (run) => host.#exclusive(run),
      makeBlock: () => host.#makeBlock(host.#proposeAnyway()),
      get offsetMs() {
        return host.#offsetMs;
      },
      set offsetMs(offsetMs) {
        host.#offsetMs = offsetMs;
      },
      get automine() {
        return host.#isAutomining;
      },
      set automine(enabled) {
        host.#isAutomining = enabled;
        if (enabled) host.#resumed?.();
      },
    };
  }

  /** A block of what waits, or an empty one. */
  #proposeAnyway(): StatelessBlock {
    const timestamp = Math.max(
      Math.floor(this.#blockTimeMs() / 1_000),
      this.#port.lastAccepted().header.timestamp,
    );
    const { transactions, timers } = this.#port.work();
    if (transactions || timers) return this.#port.propose(timestamp);
    return this.#port.assemble({ transactions: [], timestamp }).block;
  }

  async #makeNextBlock(): Promise<void> {
    if (this.development !== undefined) {
      // The user may have made the block meanwhile for which this one was to be.
      const { transactions, timers } = this.#port.work();
      if (!this.#isAutomining || (!transactions && !timers)) return;
    }
    this.#warnOfClock();
    await this.#makeBlock(this.#port.propose(Math.floor(this.#blockTimeMs() / 1_000)));
  }

  async #makeBlock(block: StatelessBlock): Promise<AcceptedBlock> {
    try {
      this.#port.verify(block);
      const accepted = await this.#port.accept(block.id);
      this.#noteBlock(block);
      return accepted;
    } catch (error) {
      if (this.#port.failure === undefined) this.#port.reject(block.id);
      throw error;
    }
  }

  #noteBlock(block: StatelessBlock): void {
    this.#lastBlockMs = this.#nowMs();
    this.#blocks++;
    const { height, timestamp } = block.header;
    this.#log.debug({ height, timestamp, transactions: block.transactions.length }, 'block accepted');
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const delayMs = pauseAfterFailures(this.#failuresInARow, BACKOFF);
    this.#failuresInARow++;
    this.#log.error({ ...errorFields(error), retryMs: delayMs }, 'no block was made');
    try {
      await sleepUntil(this.#nowMs() + delayMs, { nowMs: this.#nowMs, signal });
    } catch {
      // Stopped meanwhile: the loop ends.
    }
  }
}

/**
 * The factory of embedded hosts. Default: by interval, at the chain's own pace.
 * @throws RangeError for a blockTimeMs that is no integer above 0.
 * @example await createNode({ genesis, dataDir, host: embeddedHost({ mode: 'instant', blockTimeMs: 1_000 }) });
 */
export const embeddedHost =
  (options?: EmbeddedHostOptions): HostFactory =>
  (port, dependencies) => {
    const blockTimeMs = Math.max(1, port.params.minBlockIntervalMs);
    return new EmbeddedHost(options ?? { mode: 'interval', blockTimeMs }, { port, ...dependencies });
  };
