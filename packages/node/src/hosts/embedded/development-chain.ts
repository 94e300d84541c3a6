import { AivmError } from '@aivm/core/errors';
import { readAccount, readChain, requireTask } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import type { DevelopmentState } from '@aivm/sdk';
import type { AcceptedBlock } from '../../chain/accepted-block.ts';
import type { DevelopmentControls, ImpersonatedOperation } from '../../http/development-controls.ts';
import { assembleAs } from '../../local/impersonation.ts';
import type { DevelopmentPort } from '../../local/rewinding.ts';
import type { HostPort } from '../host.ts';

/** Blocks between two turns of the event loop. */
const BLOCKS_PER_TURN = 8;
/** The farthest time that a block can have: the year 9999. */
const TIMESTAMP_MAX = 253_402_300_799;

/** What the host gives its user besides its port. */
export interface DevelopmentHost {
  readonly nowMs: () => number;
  /** Runs while no block is made. */
  exclusive<T>(run: () => Promise<T>): Promise<T>;
  /** Makes one block, of what waits; an empty one where nothing does. */
  makeBlock(): Promise<AcceptedBlock>;
  /** What is added to the clock for the times of blocks. */
  offsetMs: number;
  /** Whether blocks are made by themselves. */
  automine: boolean;
}

/** Time and blocks of a development chain in its user's hands. */
export class DevelopmentChain implements DevelopmentControls {
  readonly #port: HostPort;
  readonly #chain: DevelopmentPort;
  readonly #host: DevelopmentHost;
  /** The clock's offset at each snapshot. */
  readonly #offsets = new Map<number, number>();

  constructor(port: HostPort, chain: DevelopmentPort, host: DevelopmentHost) {
    this.#port = port;
    this.#chain = chain;
    this.#host = host;
  }

  state(): DevelopmentState {
    const { height, timestamp } = this.#port.lastAccepted().header;
    return {
      height,
      timestamp,
      offset_seconds: Math.round(this.#host.offsetMs / 1_000),
      automine: this.#host.automine,
      snapshots: [...this.#chain.marks],
    };
  }

  takeSnapshot(): Promise<{ readonly snapshot: number; readonly height: number }> {
    return this.#host.exclusive(async () => {
      const snapshot = await this.#chain.mark();
      this.#offsets.set(snapshot, this.#host.offsetMs);
      return { snapshot, height: this.#port.lastAccepted().header.height };
    });
  }

  revert(snapshot: number): Promise<void> {
    return this.#host.exclusive(async () => {
      await this.#chain.rewind(snapshot);
      this.#host.offsetMs = this.#offsets.get(snapshot) ?? 0;
      for (const id of this.#offsets.keys()) if (id >= snapshot) this.#offsets.delete(id);
    });
  }

  async mine(blocks: number, seconds: number, signal: AbortSignal): Promise<void> {
    let left = blocks;
    await this.#mineWhile(() => left-- > 0, { seconds, signal });
  }

  setTime(time: { readonly timestamp: number } | { readonly seconds: number }): void {
    const { timestamp: last } = this.#port.lastAccepted().header;
    const nowMs = this.#host.nowMs();
    const next = Math.max(last, Math.floor((nowMs + this.#host.offsetMs) / 1_000));
    const wanted = 'timestamp' in time ? time.timestamp : next + time.seconds;
    if (wanted < last || wanted > TIMESTAMP_MAX)
      throw new AivmError(
        'out_of_range',
        `timestamp: ${wanted}, expected ${last} (of the last block) … ${TIMESTAMP_MAX}`,
      );
    this.#host.offsetMs = wanted * 1_000 - nowMs;
  }

  setAutomine(enabled: boolean): void {
    this.#host.automine = enabled;
  }

  async forward(id: string, signal: AbortSignal): Promise<void> {
    const isOpen = (): boolean => requireTask(this.#port.state(), id).endedAtHeight === 0;
    if (!isOpen()) throw new AivmError('wrong_state', `task "${id}" has ended: nothing is left to wait for`);
    const { finalAtHeight, deadlineHeight } = requireTask(this.#port.state(), id);
    const target = Math.max(finalAtHeight, finalAtHeight === 0 ? deadlineHeight + 1 : 0);
    // A dispute moves the end; it is waited for as far as blocks alone lead there.
    await this.#mineWhile(() => isOpen() && this.#port.lastAccepted().header.height < target, {
      seconds: 0,
      signal,
    });
  }

  impersonate(from: Uint8Array, operation: Operation): Promise<ImpersonatedOperation> {
    return this.#host.exclusive(async () => {
      const { header } = this.#port.lastAccepted();
      const state = this.#port.state();
      const bytes = assembleAs(from, {
        chainId: header.chainId,
        genesisHash: readChain(state).genesisHash,
        nonce: readAccount(state, from).nonce,
        expiry: 0n,
        operation,
      });
      this.#chain.allow(bytes);
      const { id } = this.#port.submitTransaction(bytes);
      const { block, outcomes, details } = await this.#host.makeBlock();
      const index = block.transactions.findIndex((tx) => tx.id === id || Buffer.compare(tx.id, id) === 0);
      const outcome = outcomes[index];
      if (outcome === undefined)
        throw new AivmError('timeout', 'the block had no room for the operation: it waits in the pool');
      return { hash: id, height: block.header.height, code: outcome.code, detail: details[index] ?? '' };
    });
  }

  /** Makes blocks while there is something to make them for; others have their turn in between. */
  async #mineWhile(
    goesOn: () => boolean,
    { seconds, signal }: { readonly seconds: number; readonly signal: AbortSignal },
  ): Promise<void> {
    for (let made = 0; goesOn(); made++) {
      if (signal.aborted) throw signal.reason;
      if (made > 0) this.#host.offsetMs += seconds * 1_000;
      await this.#host.exclusive(() => this.#host.makeBlock());
      if (made % BLOCKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
