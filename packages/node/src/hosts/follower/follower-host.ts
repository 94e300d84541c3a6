import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { readChain } from '@aivm/core/state';
import { type BlockBytes, platformClock, sleep } from '@aivm/sdk';
import type { Health } from '../../health.ts';
import { Waiters } from '../../local/waiters.ts';
import { errorFields, type Log, silentLog } from '../../log.ts';
import { pauseAfterFailures, sleepUntil } from '../../sleep.ts';
import type { Host, HostDependencies, HostFactory, HostPort } from '../host.ts';
import { assertOneHistory, BLOCKS_AT_ONCE, BlockSource, Divergence } from './block-source.ts';
import { SourceUpstream } from './source-upstream.ts';

export interface FollowerHostOptions {
  /** Addresses of nodes of the chain, `http://HOST:PORT`; the first that answers is followed, all are compared with it. */
  readonly sources: readonly string[];
  /** How long a request for the next block waits at the source. Milliseconds; default 20,000. */
  readonly waitMs?: number | undefined;
  /** How often sources that are not followed are compared. Milliseconds; default 2,000. */
  readonly compareMs?: number | undefined;
  /** How requests are sent. Default: the platform's fetch. */
  readonly fetch?: typeof fetch | undefined;
}

const WAIT_MS = 20_000;
const COMPARE_MS = 2_000;
/** The least time between two requests to which there is no block. */
const PACE_MS = 500;
const BACKOFF = { firstMs: 100, mostMs: 10_000 } as const;

/** Whether asking again is of no use: the source is of another chain, or has other blocks. */
const isFinal = (error: unknown): error is AivmError =>
  error instanceof Divergence || (error instanceof AivmError && error.code === 'wrong_chain');

/** An answer that was asked for before it was needed. */
interface Ahead {
  readonly source: BlockSource;
  readonly from: number;
  readonly answer: Promise<BlockBytes>;
}

/**
 * A node without a vote: fetches blocks from other nodes, executes each and compares its whole header. It stops for good at
 * a block that does not follow from the one before, and at a source with another history; a source that is away is asked
 * again.
 */
export class FollowerHost implements Host {
  readonly kind = 'follower';
  readonly upstream: SourceUpstream;
  readonly #port: HostPort;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #onFatal: (error: unknown) => void;
  readonly #sources: BlockSource[];
  readonly #waitMs: number;
  readonly #compareMs: number;
  readonly #stopping = new AbortController();
  readonly #arrivals = new Waiters<void>({ clock: platformClock });
  #running: Promise<unknown> | undefined;
  #ahead: Ahead | undefined;
  #stopped: AivmError | undefined;
  #failuresInARow = 0;
  #blocks = 0;
  #heardMs: number | undefined;

  /** @throws AivmError `malformed` for an address, or for none. */
  constructor(
    { sources, waitMs = WAIT_MS, compareMs = COMPARE_MS, fetch: fetchWith }: FollowerHostOptions,
    {
      port,
      log = silentLog,
      nowMs = Date.now,
      onFatal = () => undefined,
    }: HostDependencies & { readonly port: HostPort },
  ) {
    if (sources.length === 0) throw new AivmError('malformed', 'sources: name at least one node to follow');
    const { chainId } = port.lastAccepted().header;
    const { genesisHash } = readChain(port.state());
    this.#sources = sources.map((url) => new BlockSource(url, { chainId, genesisHash }, fetchWith));
    this.#port = port;
    this.#log = log;
    this.#nowMs = nowMs;
    this.#onFatal = onFatal;
    this.#waitMs = waitMs;
    this.#compareMs = compareMs;
    this.upstream = new SourceUpstream({
      sources: () => this.#sources,
      stopped: () => this.#stopped,
      isInTouch: () => this.#failuresInARow === 0,
      untilHeight: (height, timeoutMs, signal) => this.#untilHeight(height, timeoutMs, signal),
    });
  }

  start(): void {
    const { signal } = this.#stopping;
    this.#running ??= Promise.all([this.#run(signal), this.#compareOthers(signal)]);
  }

  async stop(): Promise<void> {
    const reason = new AivmError('not_initialized', 'the follower stops');
    this.#stopping.abort(reason);
    this.#arrivals.rejectAll(reason);
    await this.#running;
  }

  health(): Health {
    const [source] = this.#sources;
    const { height } = this.#port.lastAccepted().header;
    const heard = this.#heardMs;
    return {
      healthy: this.#stopped === undefined && this.#failuresInARow === 0 && heard !== undefined,
      details: {
        host: this.kind,
        source: source?.url ?? '',
        ...(source?.height === undefined
          ? {}
          : { source_height: source.height, blocks_behind: Math.max(0, source.height - height) }),
        ...(heard === undefined ? {} : { source_heard_s_ago: Math.floor((this.#nowMs() - heard) / 1_000) }),
        blocks_followed: this.#blocks,
        source_failures_in_a_row: this.#failuresInARow,
        ...(this.#stopped === undefined ? {} : { stopped: this.#stopped.detail }),
      },
    };
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const source = this.#sources[0] as BlockSource;
      try {
        await this.#followOnce(source, signal);
        this.#failuresInARow = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (this.#port.failure !== undefined) {
          this.#log.error(errorFields(error), 'the store failed: nothing is followed until a restart');
          this.#failuresInARow++;
          this.#onFatal(error);
          return;
        }
        if (isFinal(error)) this.#stopFollowing(error);
        else await this.#backOff(error, source, signal);
      }
    }
  }

  /** For good: what was verified stays readable. */
  #stopFollowing(reason: AivmError): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopped = reason;
    this.#log.error(errorFields(reason), 'follower: stopped; what it has stays readable');
    this.#stopping.abort(reason);
    // Who waits for a block of this node is answered by what its source said.
    this.#arrivals.resolve('', undefined);
  }

  /** Takes the next blocks of a source, waiting for them where there are none. */
  async #followOnce(source: BlockSource, signal: AbortSignal): Promise<void> {
    const from = this.#port.lastAccepted().header.height + 1;
    const startedMs = performance.now();
    const answer = await this.#takeAnswer(source, from, signal);
    this.#heardMs = this.#nowMs();
    await assertOneHistory(this.#port, source, { height: from - 1, answer, signal });
    const next = from + answer.blocks.length;
    if (answer.blocks.length > 0 && answer.head.height >= next) {
      const ahead = source.blocksFrom(next, { count: BLOCKS_AT_ONCE, waitMs: 0, signal });
      ahead.catch(() => undefined);
      this.#ahead = { source, from: next, answer: ahead };
    }
    for (const bytes of answer.blocks) {
      signal.throwIfAborted();
      await this.#accept(bytes, source);
    }
    if (answer.blocks.length > 0) return;
    // A source that says that there is more and gives nothing is as good as away; one that does not wait is asked slowly.
    if (answer.head.height >= from) {
      throw new AivmError(
        'unreachable',
        `${source.url}: it is at height ${answer.head.height} and gave no block ${from}`,
      );
    }
    await sleep(Math.max(0, Math.min(this.#waitMs, PACE_MS) - (performance.now() - startedMs)), signal);
  }

  #takeAnswer(source: BlockSource, from: number, signal: AbortSignal): Promise<BlockBytes> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.source === source && ahead.from === from) return ahead.answer;
    return source.blocksFrom(from, { count: BLOCKS_AT_ONCE, waitMs: this.#waitMs, signal });
  }

  /** @throws Divergence for bytes that are not the next block of this chain. */
  async #accept(bytes: Uint8Array, { url }: BlockSource): Promise<void> {
    const own = this.#port.lastAccepted();
    const height = own.header.height + 1;
    try {
      const block = this.#port.parseBlock(bytes);
      if (!equalBytes(block.header.parentId, own.id)) {
        throw new AivmError(
          'block_invalid',
          `parentId: 0x${bytesToHex(block.header.parentId)}, this node has 0x${bytesToHex(own.id)}`,
        );
      }
      this.#port.verify(block);
      await this.#port.accept(block.id);
    } catch (error) {
      if (!(error instanceof AivmError) || this.#port.failure !== undefined) throw error;
      throw new Divergence('block_invalid', `block ${height} from ${url} is refused: ${error.message}`, {
        cause: error,
      });
    }
    this.#blocks++;
    this.#arrivals.resolve('', undefined);
  }

  /** From time to time, whether the sources that are not followed have the same block as this node. */
  async #compareOthers(signal: AbortSignal): Promise<void> {
    if (this.#sources.length < 2) return;
    while (!signal.aborted) {
      await sleep(this.#compareMs, signal).catch(() => undefined);
      await Promise.all(this.#sources.slice(1).map((source) => this.#compare(source, signal)));
    }
  }

  async #compare(source: BlockSource, signal: AbortSignal): Promise<void> {
    const { height } = this.#port.lastAccepted().header;
    try {
      const answer = await source.blocksFrom(height + 1, { count: 0, waitMs: 0, signal });
      await assertOneHistory(this.#port, source, { height, answer, signal });
    } catch (error) {
      if (signal.aborted) return;
      if (isFinal(error)) this.#stopFollowing(error);
      else
        this.#log.debug({ ...errorFields(error), source: source.url }, 'follower: a source is not compared');
    }
  }

  async #untilHeight(height: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const endsAt = performance.now() + timeoutMs;
    while (this.#port.lastAccepted().header.height < height) {
      const left = endsAt - performance.now();
      if (left <= 0 || this.#stopped !== undefined) return;
      await this.#arrivals.wait('', { timeoutMs: left, signal }, () => undefined);
    }
  }

  /** Waits longer after each failure, and turns to the next source. */
  async #backOff(error: unknown, source: BlockSource, signal: AbortSignal): Promise<void> {
    const delayMs = pauseAfterFailures(this.#failuresInARow, BACKOFF);
    this.#failuresInARow++;
    this.#ahead = undefined;
    this.#log.warn(
      { ...errorFields(error), source: source.url, retryMs: delayMs },
      'follower: no block came',
    );
    this.#sources.push(...this.#sources.splice(0, 1));
    await sleepUntil(this.#nowMs() + delayMs, { nowMs: this.#nowMs, signal }).catch(() => undefined);
  }
}

/**
 * The factory of followers.
 * @example await createNode({ genesis, dataDir, host: followerHost({ sources: ['http://127.0.0.1:9650'] }) });
 */
export const followerHost =
  (options: FollowerHostOptions): HostFactory =>
  (port, dependencies) =>
    new FollowerHost(options, { port, ...dependencies });
