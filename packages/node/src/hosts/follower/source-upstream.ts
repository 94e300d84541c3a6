import { AivmError } from '@aivm/core/errors';
import type { CallOptions, Client, SubmitEntry, TransactionInfo, TransactionPlace } from '@aivm/sdk';
import type { TransactionUpstream, UpstreamWait } from '../../http/transaction-upstream.ts';
import type { BlockSource } from './block-source.ts';

/** What a request may take beside its wait. */
const REQUEST_MS = 15_000;
/** How long a question on the way to another answer may take. */
const GLANCE_MS = 2_000;
/** How long an answer waits for its block to come here as well. */
const CATCH_UP_MS = 10_000;

/** What an upstream needs of its follower. */
export interface SourceUpstreamDependencies {
  /** All sources, the one that is followed first. */
  readonly sources: () => readonly BlockSource[];
  /** Why nothing is followed any more, if so. */
  readonly stopped: () => AivmError | undefined;
  /** Whether the source that is followed answered last time. */
  readonly isInTouch: () => boolean;
  /** Resolves when this node has a block of that height, or when the time is over. */
  readonly untilHeight: (height: number, timeoutMs: number, signal: AbortSignal) => Promise<void>;
}

/** The sources of a follower as those who take its transactions. */
export class SourceUpstream implements TransactionUpstream {
  readonly #dependencies: SourceUpstreamDependencies;

  constructor(dependencies: SourceUpstreamDependencies) {
    this.#dependencies = dependencies;
  }

  async submit(
    body: Uint8Array | readonly Uint8Array[],
    { wait, timeoutMs, signal }: UpstreamWait,
  ): Promise<TransactionPlace | readonly SubmitEntry[]> {
    const stopped = this.#dependencies.stopped();
    if (stopped !== undefined) {
      throw new AivmError(
        'wrong_state',
        `this follower takes no transactions, it stopped: ${stopped.detail}`,
      );
    }
    const query = wait === undefined ? {} : { wait, timeout: timeoutMs };
    const call: CallOptions = { timeoutMs: timeoutMs + REQUEST_MS, signal, retriesMax: 0 };
    const list = body instanceof Uint8Array ? body : [...body];
    const answer = await this.#ask((client) => client.call('submitTransaction', { query, body: list }, call));
    if (wait !== undefined) await this.#untilHere([answer].flat(), signal);
    return answer;
  }

  async find(
    hash: Uint8Array,
    { wait, timeoutMs, signal }: UpstreamWait,
  ): Promise<TransactionInfo | undefined> {
    if (this.#dependencies.stopped() !== undefined) return undefined;
    const query = timeoutMs === 0 ? {} : { wait: timeoutMs, until: wait };
    const call: CallOptions = { timeoutMs: timeoutMs + GLANCE_MS, signal, retriesMax: 0 };
    try {
      const found = await this.#ask((client) =>
        client.call('getTransaction', { params: { hash }, query: query as { wait?: number } }, call),
      );
      await this.#untilHere([found], signal);
      return found;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof AivmError) return undefined;
      throw error;
    }
  }

  async nextNonce(address: Uint8Array): Promise<bigint | undefined> {
    const [source] = this.#dependencies.sources();
    const { stopped, isInTouch } = this.#dependencies;
    if (source === undefined || stopped() !== undefined || !isInTouch()) return undefined;
    try {
      const { next_nonce } = await source.client.getAccount(address, { timeoutMs: GLANCE_MS, retriesMax: 0 });
      return next_nonce;
    } catch (error) {
      if (error instanceof AivmError) return undefined;
      throw error;
    }
  }

  /** The first source that answers; a transaction that two are handed takes effect once. */
  async #ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    let last: unknown = new AivmError('unreachable', 'no source');
    for (const { client } of this.#dependencies.sources()) {
      try {
        return await question(client);
      } catch (error) {
        if (!(error instanceof AivmError) || error.code !== 'unreachable') throw error;
        last = error;
      }
    }
    throw last;
  }

  /** Who is told of a block finds it here at the next request. */
  async #untilHere(places: readonly object[], signal: AbortSignal): Promise<void> {
    const heights = places.map((place) => ('height' in place ? Number(place.height) : 0));
    await this.#dependencies.untilHeight(Math.max(0, ...heights), CATCH_UP_MS, signal);
  }
}
