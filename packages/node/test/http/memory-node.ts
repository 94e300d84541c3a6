import {
  AivmError,
  type BlockHeader,
  buildBlock,
  bytesToHex,
  type CommittedState,
  checkTransactions,
  createGenesis,
  createReceiptProof,
  type ExecutionResult,
  type Genesis,
  parseGenesis,
  parseTransaction,
  type Receipt,
  readAccount,
  readTask,
  type StatelessBlock,
  type Transaction,
  verifyBlock,
} from '@aivm/core';
import { developmentAccounts } from '@aivm/sdk';
import type { AcceptedBlock, NodeApi, PlacedEvent, TransactionStatus } from '../../src/node-api.ts';

/** A chain in memory behind the node's interface, made of the real core functions. */
export interface MemoryNode extends NodeApi {
  readonly genesis: Genesis;
  /** Makes `count` blocks now, each `seconds` after the last. */
  mine(count?: number, seconds?: number): void;
  /** Whether a transaction makes a block by itself, in the next turn. Default true. */
  isAutomatic: boolean;
  isHealthy: boolean;
}

const GENESIS_TIMESTAMP = 1_700_000_000;

/** The genesis of a development chain with funded development accounts. */
export const developmentGenesis = (overrides: Record<string, unknown> = {}): Genesis =>
  parseGenesis({
    version: 1,
    message: 'test',
    timestamp: GENESIS_TIMESTAMP,
    chainId: 1337,
    params: { development: true },
    allocations: Object.fromEntries(developmentAccounts().map(({ address }) => [address, 10n ** 24n])),
    ...overrides,
  });

class MemoryState implements CommittedState {
  readonly values = new Map<string, Uint8Array>();
  readonly nodes = new Map<string, Uint8Array>();
  root: Uint8Array = new Uint8Array(32);

  get(key: Uint8Array): Uint8Array | undefined {
    return this.values.get(bytesToHex(key));
  }
  getNode(hash: Uint8Array): Uint8Array | undefined {
    return this.nodes.get(bytesToHex(hash));
  }
  commit({ writes, tree }: ExecutionResult): void {
    for (const [key, value] of writes) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
    }
    for (const [hash, bytes] of tree.added) this.nodes.set(hash, bytes);
    for (const hash of tree.stale) this.nodes.delete(hash);
    this.root = tree.root;
  }
}

class MemoryChain {
  readonly state = new MemoryState();
  readonly blocks: AcceptedBlock[] = [];
  readonly places = new Map<string, { height: number; index: number }>();
  readonly receipts: Receipt[] = [];
  readonly receiptNodes = new Map<string, Uint8Array>();
  readonly taskIds: string[] = [];
  readonly listeners = new Set<() => void>();
  readonly dropped = new Map<string, AivmError>();
  pool: Transaction[] = [];

  accept(block: StatelessBlock, result: ExecutionResult): void {
    this.state.commit(result);
    for (const { level, index, hash } of result.receiptNodes)
      this.receiptNodes.set(`${level}.${index}`, hash);
    this.receipts.push(...result.receipts.map(({ receipt }) => receipt));
    const { outcomes, details, events } = result;
    this.blocks.push({ block, outcomes, details, events });
    for (const [index, tx] of block.transactions.entries()) {
      this.places.set(bytesToHex(tx.id), { height: block.header.height, index });
      if (tx.operation.kind === 'submitTask' && outcomes[index]?.code === '')
        this.taskIds.unshift(tx.operation.id);
    }
    for (const listener of [...this.listeners]) listener();
  }

  get last(): { id: Uint8Array; header: BlockHeader } {
    const { id, header } = (this.blocks.at(-1) as AcceptedBlock).block;
    return { id, header };
  }

  mine(seconds: number): void {
    const parent = { ...this.last, state: this.state };
    const timestamp = parent.header.timestamp + seconds;
    const { block, result, dropped, postponed } = buildBlock({ parent, timestamp, candidates: this.pool });
    verifyBlock({ parent, block });
    for (const { tx, error } of dropped) this.dropped.set(bytesToHex(tx.id), error);
    this.pool = [...postponed];
    this.accept(block, result);
  }

  submit(bytes: Uint8Array, chainId: bigint): Transaction {
    const tx = parseTransaction(bytes);
    if (tx.chainId !== chainId)
      throw new AivmError('wrong_chain', `signed for chain ${tx.chainId}, this is ${chainId}`);
    if (this.pool.some((other) => bytesToHex(other.id) === bytesToHex(tx.id)))
      throw new AivmError('already_known');
    const own = this.pool.filter((other) => bytesToHex(other.sender) === bytesToHex(tx.sender));
    const { nonce } = readAccount(this.state, tx.sender);
    if (tx.nonce < nonce) throw new AivmError('nonce_too_low', `nonce ${tx.nonce}, the next one is ${nonce}`);
    if (tx.nonce > nonce + BigInt(own.length)) throw new AivmError('nonce_gap', `nonce ${tx.nonce}`);
    if (tx.nonce < nonce + BigInt(own.length))
      throw new AivmError('replacement_underpriced', `nonce ${tx.nonce}`);
    checkTransactions({ parent: { ...this.last, state: this.state }, transactions: [...own, tx] });
    this.pool.push(tx);
    return tx;
  }
}

function waitFor<T>(
  chain: MemoryChain,
  check: () => T | undefined,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      chain.listeners.delete(look);
      signal?.removeEventListener('abort', stop);
    };
    const stop = (): void => {
      end();
      resolve(undefined);
    };
    const look = (): void => {
      try {
        const value = check();
        if (value === undefined) return;
        end();
        resolve(value);
      } catch (error) {
        end();
        reject(error);
      }
    };
    const timer = setTimeout(stop, timeoutMs);
    signal?.addEventListener('abort', stop);
    chain.listeners.add(look);
    if (signal?.aborted === true) stop();
    else look();
  });
}

const before = (height: number, index: number, event: PlacedEvent): boolean =>
  event.height > height || (event.height === height && event.index > index);

export function createMemoryNode(overrides: Record<string, unknown> = {}): MemoryNode {
  const genesis = developmentGenesis(overrides);
  const chain = new MemoryChain();
  const first = createGenesis(genesis);
  chain.accept(first.block, first.result);
  const statusOf = (id: Uint8Array): TransactionStatus | undefined => {
    const key = bytesToHex(id);
    const place = chain.places.get(key);
    if (place === undefined)
      return chain.pool.some((tx) => bytesToHex(tx.id) === key) ? { state: 'pending' } : undefined;
    const { outcomes, details } = chain.blocks[place.height] as AcceptedBlock;
    return {
      state: 'accepted',
      ...place,
      outcome: outcomes[place.index]!,
      detail: details[place.index] ?? '',
    };
  };
  const node: MemoryNode = {
    genesis,
    isAutomatic: true,
    isHealthy: true,
    mine: (count = 1, seconds = 1) => {
      for (let i = 0; i < count; i++) chain.mine(seconds);
    },
    chainId: genesis.chainId,
    config: genesis.config,
    params: genesis.params,
    genesisTimestamp: genesis.timestamp,
    lastAccepted: () => chain.last,
    state: () => chain.state,
    getBlock: (ref) =>
      typeof ref === 'number'
        ? chain.blocks[ref]
        : chain.blocks.find(({ block }) => bytesToHex(block.id) === bytesToHex(ref)),
    getTransaction: statusOf,
    getTransactionBody: (id) => {
      const key = bytesToHex(id);
      const place = chain.places.get(key);
      if (place !== undefined) return chain.blocks[place.height]?.block.transactions[place.index];
      return chain.pool.find((tx) => bytesToHex(tx.id) === key);
    },
    nextNonce: (address) => {
      const pending = chain.pool.filter((tx) => bytesToHex(tx.sender) === bytesToHex(address)).length;
      return readAccount(chain.state, address).nonce + BigInt(pending);
    },
    listTasks: ({ status, model, provider, cursor, limit }) => {
      const start = cursor === undefined ? 0 : Number(cursor);
      const all = chain.taskIds.filter((id) => {
        const task = readTask(chain.state, id)!;
        return (
          (status === undefined || task.status === status) &&
          (model === undefined || task.model === model) &&
          (provider === undefined || task.assignedTo === provider)
        );
      });
      const items = all.slice(start, start + limit);
      return { items, nextCursor: start + limit < all.length ? String(start + limit) : undefined };
    },
    getReceipt: (index) => chain.receipts[index],
    getReceiptProof: (index, count) =>
      createReceiptProof({ index, count, getNode: (level, at) => chain.receiptNodes.get(`${level}.${at}`) }),
    submitTransaction: (bytes) => {
      const tx = chain.submit(bytes, genesis.chainId);
      if (node.isAutomatic) {
        setImmediate(() => {
          if (node.isAutomatic && chain.pool.length > 0) chain.mine(1);
        });
      }
      return tx;
    },
    waitForTransaction: async (id, options) => {
      const found = await waitFor(
        chain,
        () => {
          const refused = chain.dropped.get(bytesToHex(id));
          if (refused !== undefined) throw refused;
          const status = statusOf(id);
          return status?.state === 'accepted' ? status : undefined;
        },
        options,
      );
      if (found === undefined) throw new AivmError('timeout', `transaction 0x${bytesToHex(id)} waits still`);
      return found;
    },
    waitForBlock: async (height, options) => {
      const isThere = (): true | undefined => (chain.last.header.height > height ? true : undefined);
      await waitFor(chain, isThere, options);
      return chain.last.header.height;
    },
    readEvents: (after, limit) =>
      chain.blocks
        .flatMap(({ block, events }) =>
          events.map((event, index) => ({
            height: block.header.height,
            index,
            timestamp: block.header.timestamp,
            event,
          })),
        )
        .filter((event) => before(after.height, after.index, event))
        .slice(0, limit),
    health: () => ({ healthy: node.isHealthy, details: { host: 'memory', poolSize: chain.pool.length } }),
  };
  return node;
}
