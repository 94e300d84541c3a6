import { type ChainConfig, type ChainEvent, type Client, sleep } from '@aivm/sdk';

/** The last accepted block. */
export interface Head {
  readonly height: number;
  /** Block time, RFC 3339. */
  readonly timestamp: string;
}

/** How the event stream is. */
export type Connection = 'connecting' | 'live' | 'lost';

/** One block as the stream told of it. */
export interface SeenBlock extends Head {
  readonly transactionCount: number;
  readonly receiptCount: number;
}

/** What the page knows of the chain without asking. */
export interface ChainState {
  readonly connection: Connection;
  readonly head: Head | undefined;
  readonly config: ChainConfig | undefined;
  /** Oldest first, at most {@link BLOCKS_KEPT}. */
  readonly blocks: readonly SeenBlock[];
  /** Oldest first, without those of blocks, at most {@link EVENTS_KEPT}. */
  readonly events: readonly ChainEvent[];
}

const BLOCKS_KEPT = 120;
const EVENTS_KEPT = 120;
/** Blocks whose events are read when the page opens. */
const BLOCKS_BEFORE = 60;
/** Listeners hear of changes at most so often: blocks come every tenth of a second on a development chain. */
const NOTIFY_MS = 250;
const RETRY_MS = 2_000;

const last = <T>(list: readonly T[], count: number): readonly T[] =>
  list.length > count ? list.slice(list.length - count) : list;

/** Follows a chain and tells listeners of changes. */
export class LiveChain {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #state: ChainState = {
    connection: 'connecting',
    head: undefined,
    config: undefined,
    blocks: [],
    events: [],
  };
  #isNotifying = false;

  constructor(client: Client) {
    this.#client = client;
  }

  get state(): ChainState {
    return this.#state;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves once the head is above `height`. @throws the signal's reason */
  async waitAbove(height: number, signal: AbortSignal): Promise<void> {
    while ((this.#state.head?.height ?? 0) <= height) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          end();
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const end = this.subscribe(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** Follows the chain for as long as the page lives; a node that is away is asked again. */
  async follow(): Promise<never> {
    for (;;) {
      try {
        await this.#followOnce();
      } catch {
        this.#change({ connection: 'lost' });
      }
      await sleep(RETRY_MS);
    }
  }

  async #followOnce(): Promise<void> {
    const { height } = await this.#client.getHealth();
    if (this.#state.config === undefined) this.#change({ config: await this.#client.getConfig() });
    const from = Math.max(0, height - BLOCKS_BEFORE);
    // What is known already is not read twice after a break.
    const known = this.#state.blocks.at(-1)?.height ?? -1;
    if (known > height) this.#change({ blocks: [], events: [], head: undefined });
    this.#change({ connection: 'live' });
    await this.#readHead(height);
    const begin = known > height ? from : Math.max(from, known + 1);
    for await (const event of this.#client.subscribeEvents({ after: { height: begin, index: -1 } }))
      this.#take(event);
  }

  async #readHead(height: number): Promise<void> {
    const { timestamp } = await this.#client.getBlock(height);
    this.#change({ head: { height, timestamp } });
  }

  #take(event: ChainEvent): void {
    const { blocks, events, head } = this.#state;
    if (event.kind !== 'block') {
      this.#change({ events: last([...events, event], EVENTS_KEPT) });
      return;
    }
    const { height, timestamp, transaction_count: transactionCount, receipt_count: receiptCount } = event;
    const block = { height, timestamp, transactionCount, receiptCount };
    this.#change({
      connection: 'live',
      blocks: last([...blocks, block], BLOCKS_KEPT),
      head: head !== undefined && head.height > height ? head : { height, timestamp },
    });
  }

  #change(change: Partial<ChainState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    setTimeout(() => {
      this.#isNotifying = false;
      for (const listener of [...this.#listeners]) listener();
    }, NOTIFY_MS);
  }
}
