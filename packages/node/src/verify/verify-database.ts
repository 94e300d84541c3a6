import { parse } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { checkSupply, type Genesis, type SupplyReport } from '@aivm/core/execute';
import { coreEngine, type ExecutionEngine } from '../chain/engine.ts';
import { openChain } from '../chain/open-chain.ts';
import { type Column, columnPrefix, storeKeys } from '../store/columns.ts';
import { type KeyValueStore, prefixRange } from '../store/key-value-store.ts';
import { baseCodec } from '../store/records.ts';
import { loadVertices } from '../vertices/load-vertices.ts';
import { ReplayStore } from './replay-store.ts';

/** What verifying a database takes. */
export interface VerifyDatabaseOptions {
  readonly store: KeyValueStore;
  readonly genesis: Genesis;
  /** How errors name the store: its directory. */
  readonly location: string;
  /** Parts that are not core's own: what they give must be the same. */
  readonly engine?: Partial<ExecutionEngine> | undefined;
  /** Called after every block. */
  readonly onProgress?:
    | ((progress: { readonly height: number; readonly headHeight: number }) => void)
    | undefined;
  /** Also adds up all money after every so many blocks; 0, the default, only at the end. Cost grows with the state. */
  readonly supplyEveryBlocks?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was found to be right. */
export interface DatabaseReport {
  readonly height: number;
  readonly headId: Uint8Array;
  readonly stateRoot: Uint8Array;
  readonly transactions: number;
  readonly tasks: number;
  readonly receipts: number;
  /** Entries by column, all compared. */
  readonly entries: Readonly<Record<Column, number>>;
  readonly supply: SupplyReport;
}

/** Blocks between two turns of the event loop, so that a long run can be watched and interrupted. */
const BLOCKS_PER_TURN = 16;

/**
 * Replays every block from genesis into memory, comparing every root on the way, and in the end every entry of the
 * database, in every column, byte for byte with what the replay gave. Accepted vertices do
 * not follow from blocks: each is checked by itself. Then adds up all money. Needs memory for the
 * state, not for history.
 * @throws AivmError `data_dir_corrupt` that names the first thing that is wrong, `data_dir_foreign` for another genesis.
 */
export async function verifyDatabase(options: VerifyDatabaseOptions): Promise<DatabaseReport> {
  const { store, location } = options;
  // Opening checks that the database is this genesis' and its head hangs together. It would also create one.
  if (store.get(storeKeys.format) === undefined) {
    throw new AivmError('data_dir_corrupt', `${location}: holds no chain`);
  }
  const base = store.get(storeKeys.base);
  if (base !== undefined) {
    throw new AivmError(
      'not_supported',
      `${location}: it begins with the snapshot of height ${parse(baseCodec, base).height}, and has no blocks before it to replay`,
    );
  }
  const { head } = await openChain(options);
  const replay = new ReplayStore(store, location);
  const chain = await openChain({ ...options, store: replay });
  replay.assertSame();
  for (let height = 1; height <= head.height; height++) {
    if (height % BLOCKS_PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
    try {
      const block = chain.parse(replay.readBlock(height));
      chain.verify(block);
      await chain.accept(block.id);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new AivmError('data_dir_corrupt', `${location}: block ${height}: ${reason}`, { cause });
    }
    replay.assertSame();
    const every = options.supplyEveryBlocks ?? 0;
    if (every > 0 && height % every === 0) await assertSupply(replay, location);
    options.onProgress?.({ height, headHeight: head.height });
  }
  const entries = await replay.compareAll();
  await loadVertices(store, options.engine?.parseTransaction ?? coreEngine.parseTransaction);
  const supply = await assertSupply(store, location);
  const { transactionCount, taskCount } = chain.head;
  return {
    height: head.height,
    headId: head.id,
    stateRoot: head.stateRoot,
    transactions: transactionCount,
    tasks: taskCount,
    receipts: chain.header.receiptCount,
    entries,
    supply,
  };
}

async function assertSupply(store: KeyValueStore, location: string): Promise<SupplyReport> {
  const entries: (readonly [Uint8Array, Uint8Array])[] = [];
  const prefix = columnPrefix('state');
  for await (const [key, value] of store.iterate(prefixRange(prefix))) {
    entries.push([key.subarray(prefix.length), value]);
  }
  const supply = checkSupply(entries);
  if (!supply.balanced) {
    throw new AivmError(
      'data_dir_corrupt',
      `${location}: money ${supply.total}, expected ${supply.expected}`,
    );
  }
  return supply;
}
