import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex, equalBytes, isZeroBytes, parse, serialize, u64 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createGenesis, type Genesis } from '@aivm/core/execute';
import { proveStateKey, stateKeys, verifyStateProof } from '@aivm/core/state';
import { storeKeys } from '../store/columns.ts';
import type { KeyValueStore, StoreOperation } from '../store/key-value-store.ts';
import {
  executionCodec,
  type Head,
  headCodec,
  heightEntryCodec,
  numberCodec,
  serializeNumber,
} from '../store/records.ts';
import type { StateCacheLimits } from './accepted-state.ts';
import { Chain } from './chain.ts';
import { NO_COUNTS } from './commit-batch.ts';
import { coreEngine, type ExecutionEngine } from './engine.ts';
import { parseStoredBlock } from './stored-block.ts';
import { wipeUnfinished } from './wipe-store.ts';

/** The version of store/columns.ts that this code reads and writes. */
const STORE_FORMAT = 7;

/** How a chain goes on in a store of this version. */
const UPGRADE =
  'Let the version that wrote it serve the chain and follow it into a new directory (aivm node --follow URL --genesis FILE --data-dir NEW), or take a snapshot with it and begin with that (aivm snapshot take, aivm snapshot restore): docs/operations.md, Upgrades';

/** What opening a chain takes. */
export interface OpenChainOptions {
  readonly store: KeyValueStore;
  readonly genesis: Genesis;
  /** How errors name the store: its directory. */
  readonly location: string;
  /** Parts that are not core's own: what they give must be the same. */
  readonly engine?: Partial<ExecutionEngine> | undefined;
  readonly stateCache?: StateCacheLimits | undefined;
  /** Also re-executes blocks that were built here. Default: false. */
  readonly verifyOwnBlocks?: boolean | undefined;
}

const corrupt = (location: string, what: string, cause?: unknown): AivmError =>
  new AivmError('data_dir_corrupt', `${location}: ${what}`, { cause });

/**
 * The chain that the store holds; a store without one gets the genesis block. What it holds must belong to this
 * genesis and hang together: head, block, height index, tree and values.
 * @throws AivmError `data_dir_foreign`, `data_dir_corrupt`: both name `location`.
 */
export async function openChain(options: OpenChainOptions): Promise<Chain> {
  const { store, genesis, location, stateCache, verifyOwnBlocks } = options;
  const engine = { ...coreEngine, ...options.engine };
  const { block, result } = createGenesis(genesis);
  // A snapshot that was being restored when the process was killed: nothing of it counts.
  if (store.get(storeKeys.restoring) !== undefined) await wipeUnfinished(store);
  if (store.get(storeKeys.format) === undefined) {
    await assertEmpty(store, location);
    const { operations } = engine.createCommitBatch(store, NO_COUNTS, { block, result });
    await store.batch([...operations, ...identityOf(block)], { sync: true });
  }
  assertOwn(store, block, location);
  const { head, headBlock } = readHead(store, location);
  return new Chain({ store, head, header: headBlock.header, engine, stateCache, verifyOwnBlocks });
}

/** What a store says that it is of. */
export const identityOf = (genesisBlock: StatelessBlock): readonly StoreOperation[] => [
  { type: 'put', key: storeKeys.format, value: serializeNumber(STORE_FORMAT) },
  { type: 'put', key: storeKeys.genesis, value: genesisBlock.id },
  { type: 'put', key: storeKeys.chain, value: serialize(u64, genesisBlock.header.chainId) },
];

async function assertEmpty(store: KeyValueStore, location: string): Promise<void> {
  for await (const _ of store.iterate({ from: new Uint8Array(0) })) {
    throw new AivmError('data_dir_foreign', `${location}: holds a database of something else`);
  }
}

function assertOwn(store: KeyValueStore, genesisBlock: StatelessBlock, location: string): void {
  const format = parseStored(location, 'format', () => parse(numberCodec, stored(store, storeKeys.format)));
  if (format !== STORE_FORMAT) {
    throw new AivmError(
      'data_dir_foreign',
      `${location}: format ${format}, this version reads ${STORE_FORMAT}; nothing was changed. ${UPGRADE}`,
    );
  }
  const chainId = parseStored(location, 'chain id', () => parse(u64, stored(store, storeKeys.chain)));
  const { chainId: ownChainId } = genesisBlock.header;
  if (chainId !== ownChainId) {
    throw new AivmError('data_dir_foreign', `${location}: belongs to chain ${chainId}, not ${ownChainId}`);
  }
  const genesisId = stored(store, storeKeys.genesis);
  if (!equalBytes(genesisId, genesisBlock.id)) {
    throw new AivmError(
      'data_dir_foreign',
      `${location}: its genesis block is ${bytesToHex(genesisId)}, not ${bytesToHex(genesisBlock.id)}`,
    );
  }
}

/** Reads the head and everything that must agree with it. */
export function readHead(
  store: KeyValueStore,
  location: string,
): { readonly head: Head; readonly headBlock: StatelessBlock } {
  return parseStored(location, 'head', () => {
    const head = parse(headCodec, stored(store, storeKeys.head));
    const { senders } = parse(executionCodec, stored(store, storeKeys.execution(head.id)));
    const headBlock = parseStoredBlock(stored(store, storeKeys.block(head.id)), senders);
    const { id } = parse(heightEntryCodec, stored(store, storeKeys.height(head.height)));
    const { height, stateRoot } = headBlock.header;
    if (!equalBytes(headBlock.id, head.id)) throw new Error('the block has another id');
    if (!equalBytes(id, head.id) || height !== head.height) throw new Error('the heights disagree');
    if (!equalBytes(stateRoot, head.stateRoot)) throw new Error('the state root is not that of the block');
    assertStateUnder(store, stateRoot);
    return { head, headBlock };
  });
}

/** One look from the root down: the tree is that of the root, and the chain's record is the value in it. */
function assertStateUnder(store: KeyValueStore, root: Uint8Array): void {
  const key = stateKeys.chain();
  const reader = { getPage: (pageKey: string) => store.get(storeKeys.treePage(pageKey)) };
  const proof = proveStateKey(reader, root, key);
  const value = stored(store, storeKeys.state(key));
  if (isZeroBytes(root) || !verifyStateProof({ root, key, value, proof })) {
    throw new Error('the state is not the one that the block commits to');
  }
}

function stored(store: KeyValueStore, key: Uint8Array): Uint8Array {
  const value = store.get(key);
  if (value === undefined) throw new Error(`nothing under ${bytesToHex(key)}`);
  return value;
}

function parseStored<T>(location: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw corrupt(location, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
