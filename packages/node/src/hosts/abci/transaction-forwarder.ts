import { bytesToHex } from '@aivm/core/bytes';
import type { Transaction } from '@aivm/core/tx';
import { errorFields, type Log } from '../../log.ts';
import { pauseAfterFailures, sleepUntil } from '../../sleep.ts';
import type { EngineRpc } from './engine-rpc.ts';

const BACKOFF = { firstMs: 200, mostMs: 10_000 } as const;

/** What a forwarder needs around it. */
export interface ForwarderDependencies {
  readonly rpc: Pick<EngineRpc, 'broadcast'>;
  readonly log: Log;
  /** Whether the node's pool still holds a transaction; one that it gave up is not passed on. */
  readonly isPending: (tx: Transaction) => boolean;
  readonly nowMs: () => number;
}

/**
 * Passes transactions of the node's pool on to the engine, one after the other in the order in which they came, and again
 * while the engine gives no answer. Holds no more than the pool does.
 */
export class TransactionForwarder {
  readonly #dependencies: ForwarderDependencies;
  readonly #waiting = new Map<string, Transaction>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #failuresInARow = 0;
  #passedOn = 0;

  constructor(dependencies: ForwarderDependencies) {
    this.#dependencies = dependencies;
  }

  /** For health. */
  get counts(): { readonly waiting: number; readonly passedOn: number; readonly failuresInARow: number } {
    return { waiting: this.#waiting.size, passedOn: this.#passedOn, failuresInARow: this.#failuresInARow };
  }

  add(tx: Transaction): void {
    if (this.#stopping.signal.aborted) return;
    this.#waiting.set(bytesToHex(tx.id), tx);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the host stops'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || signal.aborted) return;
      const [key, tx] = next;
      if (!this.#dependencies.isPending(tx)) {
        this.#waiting.delete(key);
        continue;
      }
      if (await this.#passOn(tx)) this.#waiting.delete(key);
    }
  }

  /** @returns whether the engine answered. */
  async #passOn(tx: Transaction): Promise<boolean> {
    const { rpc, log, nowMs } = this.#dependencies;
    const { signal } = this.#stopping;
    try {
      const answer = await rpc.broadcast(tx.bytes, signal);
      this.#failuresInARow = 0;
      if (answer.isTaken) this.#passedOn++;
      else
        log.warn({ transaction: bytesToHex(tx.id), reason: answer.reason }, 'CometBFT refused a transaction');
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const delayMs = pauseAfterFailures(this.#failuresInARow++, BACKOFF);
      log.warn(
        { ...errorFields(error), retryMs: delayMs, waiting: this.#waiting.size },
        'no transaction was passed on',
      );
      await sleepUntil(nowMs() + delayMs, { nowMs, signal }).catch(() => undefined);
      return false;
    }
  }
}
