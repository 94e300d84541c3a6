import { bytesToHex } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import type { Chain } from '../chain/chain.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import { readHead } from '../chain/open-chain.ts';
import type { Mempool } from '../mempool/mempool.ts';
import type { RewindableStore } from '../store/rewindable-store.ts';
import { parseImpersonated } from './impersonation.ts';
import type { NodeWaits } from './node-waits.ts';

/** Transactions that nobody signed and that this node made itself: no other has a stand-in for a signature. */
export class Impersonations {
  readonly #allowed = new Set<string>();

  /** Lets these bytes pass, once they are parsed. */
  allow(bytes: Uint8Array): void {
    this.#allowed.add(bytesToHex(namedHash('Transaction', bytes)));
  }

  /** As core's `parseTransaction`, and takes what was allowed. */
  readonly parse = (bytes: Uint8Array): Transaction =>
    parseImpersonated(bytes, (id) => this.#allowed.has(bytesToHex(id)));
}

/** What a development chain can do beside what every chain can. */
export interface DevelopmentPort {
  /** The snapshots that it can go back to, the oldest first. */
  readonly marks: readonly number[];
  mark(): Promise<number>;
  /** @throws AivmError `not_found` */
  rewind(mark: number): Promise<void>;
  /** Lets a transaction that nobody signed be submitted. */
  allow(bytes: Uint8Array): void;
}

interface RewindingParts {
  readonly store: RewindableStore;
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly blocks: ChainReader;
  readonly waits: NodeWaits;
  readonly location: string;
  readonly impersonations: Impersonations;
}

/** Takes a whole node back to a mark of its store: chain, pool, and whoever waits. */
export class Rewinding implements DevelopmentPort {
  readonly #parts: RewindingParts;
  /** How often the chain went back. */
  count = 0;

  constructor(parts: RewindingParts) {
    this.#parts = parts;
  }

  get marks(): readonly number[] {
    return this.#parts.store.marks;
  }

  mark(): Promise<number> {
    const { chain, store } = this.#parts;
    return chain.between(async () => store.mark());
  }

  async rewind(mark: number): Promise<void> {
    const { chain, store, pool, blocks, waits, location } = this.#parts;
    await chain.rewind(async () => {
      await store.rewind(mark);
      const { head, headBlock } = readHead(store, location);
      return { head, header: headBlock.header };
    });
    this.count++;
    blocks.forget();
    pool.clear(new AivmError('wrong_state', 'the chain went back to a snapshot'));
    waits.rewound();
  }

  allow(bytes: Uint8Array): void {
    this.#parts.impersonations.allow(bytes);
  }
}
