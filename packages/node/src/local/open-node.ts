import { join } from 'node:path';
import { bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type Genesis, parseGenesis } from '@aivm/core/execute';
import { type Config, DefaultConfig, parseConfig } from '@aivm/core/state';
import { type Clock, parseJson } from '@aivm/sdk';
import type { StateCacheLimits } from '../chain/accepted-state.ts';
import type { Chain } from '../chain/chain.ts';
import { coreEngine, type ExecutionEngine } from '../chain/engine.ts';
import { openChain } from '../chain/open-chain.ts';
import type { Log } from '../log.ts';
import type { MempoolLimits } from '../mempool/limits.ts';
import { TransactionCache } from '../mempool/transaction-cache.ts';
import { SnapshotFolder } from '../snapshot/snapshot-folder.ts';
import { type SnapshotPace, Snapshots } from '../snapshot/snapshots.ts';
import { ClassicLevelStore } from '../store/classic-level-store.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { RewindableStore } from '../store/rewindable-store.ts';
import { loadVertices } from '../vertices/load-vertices.ts';
import type { VertexLimits } from '../vertices/vertex-set.ts';
import { LocalNode } from './local-node.ts';
import { Impersonations } from './rewinding.ts';

/** Where a chain lives: a directory of its own, or a store that the caller brings (and that is closed with the node). */
export type StorePlace =
  | { readonly dataDir: string; readonly store?: never }
  | { readonly store: KeyValueStore; readonly dataDir?: never };

/** A genesis as it comes: parsed, as JSON that was parsed, or as the JSON text or its bytes. */
export type GenesisSource = Genesis | Readonly<Record<string, unknown>> | string | Uint8Array;

/** What opening a node takes. */
export type OpenNodeOptions = StorePlace & {
  readonly genesis: GenesisSource;
  /** Configuration, as JSON, that a genesis without one takes instead of the defaults. */
  readonly config?: unknown | undefined;
  readonly mempool?: Partial<MempoolLimits> | undefined;
  readonly vertexLimits?: Partial<VertexLimits> | undefined;
  readonly stateCache?: StateCacheLimits | undefined;
  /** Parts that are not core's own, with transactions remembered by id: what they give must be the same. */
  readonly engine?: Partial<ExecutionEngine> | undefined;
  /** Also re-executes blocks that were built here, for tests. Default: false. */
  readonly verifyOwnBlocks?: boolean | undefined;
  /**
   * Lets the host take the chain back to snapshots and carry operations that nobody signed: where the genesis has
   * `params.development`, and nowhere else. Default false.
   */
  readonly isDevelopment?: boolean | undefined;
  /** When snapshots are taken, below the data directory; a node over a store that is brought has none. */
  readonly snapshots?: Partial<SnapshotPace> | undefined;
  readonly log?: Log | undefined;
  /** What waits are measured by. Default: the platform's. */
  readonly clock?: Clock | undefined;
};

/** A node with the store that it must close. */
export interface OpenedNode {
  readonly node: LocalNode;
  readonly genesis: Genesis;
  readonly store: KeyValueStore;
}

/** The database's folder within a data directory; other things of a node may stand beside it. */
export const databaseDirectory = (dataDir: string): string => join(dataDir, 'db');

/** The snapshots' folder within a data directory. */
export const snapshotDirectory = (dataDir: string): string => join(dataDir, 'snapshots');

async function openSnapshots(
  { dataDir, snapshots: pace, log }: OpenNodeOptions,
  chain: Chain,
  genesis: Genesis,
): Promise<Snapshots | undefined> {
  if (dataDir === undefined) return undefined;
  const folder = new SnapshotFolder(snapshotDirectory(dataDir));
  await folder.clean();
  return new Snapshots({ pace, log }, { chain, genesis, folder });
}

/** @throws AivmError `malformed` or `config_refused`. */
export function readGenesis(source: GenesisSource, config?: unknown): Genesis {
  const defaults: Config = config === undefined ? DefaultConfig() : parseConfig(config);
  if (typeof source === 'string') return parseGenesis(parseJson(source), defaults);
  if (source instanceof Uint8Array) {
    const text = bytesToUtf8(source);
    if (text === undefined) throw new AivmError('malformed', 'genesis: not UTF-8');
    return parseGenesis(parseJson(text), defaults);
  }
  return isParsedGenesis(source) ? source : parseGenesis(source, defaults);
}

const isParsedGenesis = (source: object): source is Genesis =>
  'allocations' in source && source.allocations instanceof Map;

/**
 * Opens the chain of a data directory or store and puts a node on it.
 * @throws AivmError `data_dir_locked`, `data_dir_corrupt`, `data_dir_foreign`, `store_unavailable`, `config_refused`.
 */
export async function openNode(options: OpenNodeOptions): Promise<OpenedNode> {
  const genesis = readGenesis(options.genesis, options.config);
  const isDevelopment = options.isDevelopment === true && genesis.params.development;
  const impersonations = isDevelopment ? new Impersonations() : undefined;
  const { parse: parseTransaction } = new TransactionCache(undefined, impersonations?.parse);
  const engine = { ...coreEngine, parseTransaction, ...options.engine };
  const location = options.dataDir ?? `the ${options.store.kind} store`;
  const opened = options.store ?? (await ClassicLevelStore.open(databaseDirectory(options.dataDir)));
  const rewindable = isDevelopment ? new RewindableStore(opened) : undefined;
  const store = rewindable ?? opened;
  try {
    const { stateCache, verifyOwnBlocks, mempool, vertexLimits, clock } = options;
    const chain = await openChain({ store, genesis, location, engine, stateCache, verifyOwnBlocks });
    const vertices = await loadVertices(store, engine.parseTransaction);
    const snapshots = await openSnapshots(options, chain, genesis);
    const development = rewindable && impersonations && { store: rewindable, location, impersonations };
    const node = new LocalNode({
      ...{ chain, genesis, vertices, mempool, vertexLimits, snapshots, development, clock },
    });
    return { node, genesis, store };
  } catch (error) {
    // A store that the caller brought stays the caller's until the node is open.
    if (options.store === undefined) await store.close();
    throw error;
  }
}
