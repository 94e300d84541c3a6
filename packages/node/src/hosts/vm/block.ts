import type { StatelessBlock } from '@aivm/core/block';
import { readParams, readTask } from '@aivm/core/state';
import { blockToShape, encodeJson, routes } from '@aivm/sdk';
import type { HostPort } from '../host.ts';

/** Where a block is, in the numbers that hosts use. */
export const BlockStatus = { unknown: 0, processing: 1, rejected: 2, accepted: 3 } as const;
export type BlockStatus = (typeof BlockStatus)[keyof typeof BlockStatus];

/** What a block needs of the VM that made it. */
export interface BlockOwner {
  /** The running node's. @throws ErrNotInitialized. */
  readonly port: () => HostPort;
  /** Refuses a block that this host should not take now, whatever its own validity. */
  readonly checkLive: (block: StatelessBlock) => void;
}

/** A block as hosts hold it: the Go service's Block. Decisions may also come by id, through the VM. */
export class Block {
  readonly #block: StatelessBlock;
  readonly #owner: BlockOwner;
  #isRejected = false;

  constructor(block: StatelessBlock, owner: BlockOwner) {
    this.#block = block;
    this.#owner = owner;
  }

  id(): Uint8Array {
    return this.#block.id;
  }

  parent(): Uint8Array {
    return this.#block.header.parentId;
  }

  parentID(): Uint8Array {
    return this.parent();
  }

  height(): bigint {
    return BigInt(this.#block.header.height);
  }

  timestamp(): Date {
    return new Date(this.#block.header.timestamp * 1_000);
  }

  /** Canonical bytes: parsing them gives this block again. */
  bytes(): Uint8Array {
    return this.#block.bytes;
  }

  status(): BlockStatus {
    const status = this.#owner.port().blockStatus(this.#block);
    if (status === 'accepted') return BlockStatus.accepted;
    return this.#isRejected && status === 'unknown' ? BlockStatus.rejected : BlockStatus.processing;
  }

  /** Re-executes the block on its parent, unless it was built here, and compares every root. @throws AivmError `block_invalid`. */
  async verify(): Promise<void> {
    const port = this.#owner.port();
    if (port.blockStatus(this.#block) !== 'unknown') return;
    this.#owner.checkLive(this.#block);
    port.verify(this.#block);
    this.#isRejected = false;
  }

  /** Durable, with all that the block changes, once it resolves. */
  async accept(): Promise<void> {
    await this.#owner.port().accept(this.#block.id);
  }

  async reject(): Promise<void> {
    this.#owner.port().reject(this.#block.id);
    this.#isRejected = true;
  }

  /** The Go service's JSON. Contents that only execution tells (what took effect) are there once the block is verified. */
  toJSON(): unknown {
    const port = this.#owner.port();
    const execution = port.executionOf(this.#block.id);
    const state = execution?.state ?? port.state();
    const { outcomes = [], details = [] } = execution ?? {};
    const { params } = readParams(state);
    const getTask = (id: string) => readTask(state, id);
    const json = blockToShape(this.#block, { outcomes, details, params, getTask });
    return encodeJson(routes.getBlock.response, json, 'block');
  }
}
