import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { ExecutionResult } from '@aivm/core/execute';
import { type LayeredState, OverlayState } from './layered-state.ts';

/** A verified block that is neither accepted nor rejected, with what executing it gave and the state after it. */
export interface ProcessingBlock {
  readonly block: StatelessBlock;
  readonly result: ExecutionResult;
  readonly state: OverlayState;
}

/** More undecided blocks than any consensus engine keeps; each holds its changes in memory. */
const PROCESSING_BLOCKS_MAX = 256;

/** The tree of processing blocks above the last accepted one. */
export class ProcessingBlocks {
  readonly #byId = new Map<string, ProcessingBlock>();

  get size(): number {
    return this.#byId.size;
  }

  get(id: Uint8Array): ProcessingBlock | undefined {
    return this.#byId.get(bytesToHex(id));
  }

  clear(): void {
    this.#byId.clear();
  }

  /** @throws AivmError `wrong_state` when as many blocks as may are undecided. */
  assertRoom(): void {
    if (this.#byId.size >= PROCESSING_BLOCKS_MAX) {
      throw new AivmError('wrong_state', `${PROCESSING_BLOCKS_MAX} blocks are undecided, the maximum`);
    }
  }

  add(block: StatelessBlock, result: ExecutionResult, parentState: LayeredState): ProcessingBlock {
    const processing = { block, result, state: new OverlayState(parentState, result) };
    this.#byId.set(bytesToHex(block.id), processing);
    return processing;
  }

  /** Forgets a block and everything built on it. Gives what it forgot. */
  drop(id: Uint8Array): readonly ProcessingBlock[] {
    const dropped = this.#withDescendants(id);
    for (const { block } of dropped) this.#byId.delete(bytesToHex(block.id));
    return dropped;
  }

  /** Takes out an accepted block with its siblings and all that was built on them; its own descendants stay. */
  settle(accepted: ProcessingBlock, state: LayeredState): readonly ProcessingBlock[] {
    const { id, header } = accepted.block;
    accepted.state.settle(state);
    this.#byId.delete(bytesToHex(id));
    const siblings = [...this.#byId.values()].filter(({ block }) =>
      equalBytes(block.header.parentId, header.parentId),
    );
    return siblings.flatMap(({ block }) => this.drop(block.id));
  }

  #withDescendants(id: Uint8Array): readonly ProcessingBlock[] {
    const root = this.get(id);
    if (root === undefined) return [];
    const found = [root];
    // `found` grows while it is walked: a walk by levels.
    for (const { block } of found) {
      for (const other of this.#byId.values()) {
        if (equalBytes(other.block.header.parentId, block.id)) found.push(other);
      }
    }
    return found;
  }
}
