import { join } from 'node:path';
import { bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type Genesis, parseGenesis } from '@aivm/core/execute';
import type { KernelBackend } from '@aivm/core/kernels';
import { type Config, DefaultConfig, parseConfig } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { parseJson } from '@aivm/sdk';
import type { StateCacheLimits } from '../chain/accepted-state.ts';
import type { BuildBlock, CreateCommitBatch, VerifyBlock } from '../chain/chain.ts';
import { openChain } from '../chain/open-chain.ts';
import type { BeginDryRun } from '../mempool/dry-runs.ts';
import type { MempoolLimits } from '../mempool/limits.ts';
import { TransactionCache } from '../mempool/transaction-cache.ts';
import { ClassicLevelStore } from '../store/classic-level-store.ts';
import type { KeyValueStore } from '../store/key-value-store.ts';
import { loadVertices } from '../vertices/load-vertices.ts';
import type { VertexLimits } from '../vertices/vertex-set.ts';
import { LocalNode, type LocalNodeOptions } from './local-node.ts';

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
  readonly config?: unknown;
  readonly mempool?: Partial<MempoolLimits>;
  readonly vertexLimits?: Partial<VertexLimits>;
  readonly stateCache?: StateCacheLimits;
  /** The engine of the kernel rounds, asked before every block. Default: core's reference. */
  readonly kernels?: () => KernelBackend;
  /** These give the same as the functions of their names; they let nodes of one process share results. */
  readonly parseTransaction?: (bytes: Uint8Array) => Transaction;
  readonly buildBlock?: BuildBlock;
  readonly verifyBlock?: VerifyBlock;
  /** Also re-executes blocks that were built here, for tests. Default: false. */
  readonly verifyOwnBlocks?: boolean;
  readonly createCommitBatch?: CreateCommitBatch;
  readonly beginDryRun?: BeginDryRun;
  readonly healthParts?: LocalNodeOptions['healthParts'];
  readonly anchorSinkStatus?: LocalNodeOptions['anchorSinkStatus'];
};

/** A node with the store that it must close. */
export interface OpenedNode {
  readonly node: LocalNode;
  readonly genesis: Genesis;
  readonly store: KeyValueStore;
}

/** The database's folder within a data directory; other things of a node may stand beside it. */
export const databaseDirectory = (dataDir: string): string => join(dataDir, 'db');

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
  const parse = options.parseTransaction ?? new TransactionCache().parse;
  const location = options.dataDir ?? `the ${options.store.kind} store`;
  const store = options.store ?? (await ClassicLevelStore.open(databaseDirectory(options.dataDir)));
  try {
    const chain = await openChain({
      store,
      genesis,
      location,
      parseTransaction: parse,
      ...(options.stateCache === undefined ? {} : { stateCache: options.stateCache }),
      ...(options.kernels === undefined ? {} : { kernels: options.kernels }),
      ...(options.buildBlock === undefined ? {} : { buildBlock: options.buildBlock }),
      ...(options.verifyBlock === undefined ? {} : { verifyBlock: options.verifyBlock }),
      verifyOwnBlocks: options.verifyOwnBlocks ?? false,
      ...(options.createCommitBatch === undefined ? {} : { createCommitBatch: options.createCommitBatch }),
    });
    const node = new LocalNode({
      chain,
      genesis,
      parseTransaction: parse,
      vertices: await loadVertices(store, parse),
      ...(options.mempool === undefined ? {} : { mempool: options.mempool }),
      ...(options.vertexLimits === undefined ? {} : { vertexLimits: options.vertexLimits }),
      ...(options.beginDryRun === undefined ? {} : { beginDryRun: options.beginDryRun }),
      ...(options.healthParts === undefined ? {} : { healthParts: options.healthParts }),
      ...(options.anchorSinkStatus === undefined ? {} : { anchorSinkStatus: options.anchorSinkStatus }),
    });
    return { node, genesis, store };
  } catch (error) {
    // A store that the caller brought stays the caller's until the node is open.
    if (options.store === undefined) await store.close();
    throw error;
  }
}
