import { type AnchorMessage, parseAnchorMessage } from '@aivm/core/block';
import { parse, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { readChain } from '@aivm/core/state';
import type { Chain } from '../chain/chain.ts';
import { storeKeys } from '../store/columns.ts';
import { baseCodec, numberCodec, serializeNumber } from '../store/records.ts';
import type { AnchorEndorsement, AnchorOrigin, AnchorSinkStatus } from './anchor-sink.ts';
import { AnchorSignatures } from './validators/anchor-signatures.ts';

/**
 * Every anchor that an accepted block made, in order, and how far each destination was served. Anchors come in with the
 * batch of their block (chain/commit-batch.ts), so there is neither a block without its anchor nor the reverse.
 */
export class AnchorOutbox {
  /** What the validators of a network signed of them. */
  readonly signatures: AnchorSignatures;
  readonly #chain: Chain;
  #sinks: () => readonly AnchorSinkStatus[] = () => [];

  constructor(chain: Chain) {
    this.#chain = chain;
    this.signatures = new AnchorSignatures(chain.store);
  }

  /** The chain that the anchors are of. */
  get origin(): AnchorOrigin {
    const { chainId, genesisHash } = readChain(this.#chain.state);
    return { chainId, genesisHash };
  }

  /** Anchors of accepted blocks. What a batch under way brought already is not counted. */
  get count(): number {
    return Number(readChain(this.#chain.state).anchorCount);
  }

  /** Whether this store began with a snapshot, so that what happened before is not in it. */
  get beganWithSnapshot(): boolean {
    return this.#chain.store.get(storeKeys.base) !== undefined;
  }

  /** Anchors that were made before the snapshot that this store began with; they are not here. */
  get #first(): number {
    const base = this.#chain.store.get(storeKeys.base);
    return base === undefined ? 0 : parse(baseCodec, base).anchorCount;
  }

  /** Anchor `number`, or undefined unless 0 ≤ number < count and it is of this store. */
  get(number: number): AnchorMessage | undefined {
    if (!Number.isInteger(number) || number < this.#first || number >= this.count) return undefined;
    const bytes = this.#chain.store.get(storeKeys.anchor(number));
    if (bytes === undefined) throw new Error(`anchor outbox: anchor ${number} is missing`);
    return parseAnchorMessage(bytes);
  }

  /** Whether an anchor may be handed on: where validators sign anchors, only one that they signed is. */
  isReady(number: number): boolean {
    if (this.get(number) === undefined) return false;
    const { signatures } = this;
    return signatures.state() === undefined || signatures.ofAnchor(number) !== undefined;
  }

  /** What validators signed of an anchor; undefined where they did not, or sign none. */
  endorsementOf(number: number): AnchorEndorsement | undefined {
    const signed = this.signatures.ofAnchor(number);
    return signed && { signed, changeTo: (set) => this.signatures.changeTo(set) };
  }

  /** How far each sink of anchors is; none before deliveries are attached. */
  sinks(): readonly AnchorSinkStatus[] {
    return this.#sinks();
  }

  /** Lets `sinks` report what hands these anchors on. */
  attachSinks(status: () => readonly AnchorSinkStatus[]): void {
    this.#sinks = status;
  }

  /** The next anchor that a destination is owed, as far as this node remembers. */
  readCursor(destination: string): number {
    const value = this.#chain.store.get(cursorKey(destination));
    return value === undefined ? this.#first : parse(numberCodec, value);
  }

  /** Remembers, durably, that everything below `next` was delivered. */
  async saveCursor(destination: string, next: number): Promise<void> {
    const value = serializeNumber(next);
    await this.#chain.store.batch([{ type: 'put', key: cursorKey(destination), value }], { sync: true });
  }

  /** Calls `listener` after every accepted block that made an anchor or brought signatures of one. Returns how to stop. */
  onAnchor(listener: () => void): () => void {
    const ends = [
      this.signatures.onSigned(listener),
      this.#chain.onAccepted(({ events }) => {
        if (events.some(({ kind }) => kind === 'anchor')) listener();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }
}

const cursorKey = (destination: string): Uint8Array =>
  storeKeys.anchorCursor(keccak256(utf8ToBytes(destination)));
