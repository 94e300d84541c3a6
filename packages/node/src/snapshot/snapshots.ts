import { AivmError } from '@aivm/core/errors';
import type { Genesis } from '@aivm/core/execute';
import type { Chain } from '../chain/chain.ts';
import { errorFields, type Log, silentLog } from '../log.ts';
import { parseChunk } from './chunks.ts';
import { assertTrusted, restoreSnapshot, type TrustedBlock } from './restore-snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import type { SnapshotFolder, SnapshotWriter } from './snapshot-folder.ts';
import { writeSnapshot } from './write-snapshot.ts';

/** When a node takes snapshots, and how many it keeps. */
export interface SnapshotPace {
  /** After every so many blocks; 0: only when it is asked to. */
  readonly everyBlocks: number;
  /** The newest so many are kept, at least 1. */
  readonly keep: number;
}

const DEFAULT_SNAPSHOT_PACE: SnapshotPace = { everyBlocks: 0, keep: 2 };

/** How often a snapshot is begun anew when a block came between its two views of the store. */
const TRIES_MAX = 3;

/** Manifests that stay parsed. */
const OPENED_MAX = 8;

/** A snapshot that comes chunk by chunk from others. */
export interface SnapshotReceipt {
  readonly snapshot: Snapshot;
  /**
   * Keeps a chunk. The last of them makes the chain go on from there.
   * @returns whether the snapshot is whole. @throws AivmError that names a chunk that is another one; nothing is kept of it.
   */
  take(index: number, bytes: Uint8Array): Promise<boolean>;
  abandon(): Promise<void>;
}

/** The snapshots of a node: it takes, shows, receives and restores them. */
export class Snapshots {
  readonly #chain: Chain;
  readonly #genesis: Genesis;
  readonly #folder: SnapshotFolder;
  readonly #pace: SnapshotPace;
  readonly #log: Log;
  readonly #stopListening: () => void;
  readonly #opened = new Map<number, Snapshot>();
  #taking: Promise<unknown> | undefined;
  #closed = false;

  constructor(
    {
      pace = {},
      log = silentLog,
    }: { readonly pace?: Partial<SnapshotPace> | undefined; readonly log?: Log | undefined },
    {
      chain,
      genesis,
      folder,
    }: { readonly chain: Chain; readonly genesis: Genesis; readonly folder: SnapshotFolder },
  ) {
    this.#chain = chain;
    this.#genesis = genesis;
    this.#folder = folder;
    this.#pace = { ...DEFAULT_SNAPSHOT_PACE, ...pace };
    this.#log = log;
    const { everyBlocks } = this.#pace;
    this.#stopListening = chain.onAccepted(({ block: { header } }) => {
      if (everyBlocks === 0 || header.height % everyBlocks !== 0 || this.#taking !== undefined) return;
      void this.take().catch((error: unknown) => log.warn(errorFields(error), 'no snapshot was taken'));
    });
  }

  /** The snapshots that are here, the newest first. One that is damaged is left out. */
  async list(): Promise<readonly Snapshot[]> {
    const found: Snapshot[] = [];
    for (const height of await this.#folder.heights()) {
      const snapshot = await this.open(height).catch((error: unknown) => {
        this.#log.warn(errorFields(error), 'a snapshot is left out');
        return undefined;
      });
      if (snapshot !== undefined) found.push(snapshot);
    }
    return found;
  }

  async open(height: number): Promise<Snapshot | undefined> {
    const known = this.#opened.get(height);
    if (known !== undefined) return known;
    const snapshot = await this.#folder.open(height);
    if (snapshot !== undefined && this.#opened.size < OPENED_MAX) this.#opened.set(height, snapshot);
    return snapshot;
  }

  /** The bytes of a chunk; undefined where there is none. Whoever gets them verifies them. */
  readChunk(height: number, index: number): Promise<Uint8Array | undefined> {
    return this.#folder.readChunk(height, index);
  }

  /** Takes one of the last accepted block. @throws AivmError `not_supported`, `store_unavailable`. */
  async take(): Promise<Snapshot> {
    if (this.#closed) throw new AivmError('not_initialized', 'the node is shutting down');
    const before = this.#taking ?? Promise.resolve();
    const taking = before.catch(() => undefined).then(() => this.#take());
    this.#taking = taking;
    try {
      return await taking;
    } finally {
      if (this.#taking === taking) this.#taking = undefined;
    }
  }

  async #take(): Promise<Snapshot> {
    for (let tries = 1; ; tries++) {
      const { id, header } = this.#chain.accepted();
      const writer = await this.#folder.begin(header.height);
      try {
        const snapshot = await this.#write(writer);
        this.#log.info({ height: snapshot.header.height, chunks: snapshot.chunkCount }, 'snapshot taken');
        await this.#folder.prune(this.#pace.keep);
        this.#opened.clear();
        return snapshot;
      } catch (error) {
        await writer.abandon();
        const isBetween = error instanceof AivmError && error.code === 'wrong_state';
        if (!isBetween || tries === TRIES_MAX) throw error;
        this.#log.debug(
          { height: header.height, id: id.length },
          'snapshot begun anew: a block came between',
        );
      }
    }
  }

  /** The block is read at the same moment as the views of the store begin: no write is under way then. */
  async #write(writer: SnapshotWriter): Promise<Snapshot> {
    await this.#chain.idle();
    const { id, header } = this.#chain.accepted();
    const snapshot = await writeSnapshot({ store: this.#chain.store, id, header }, writer);
    await writer.finish(snapshot);
    return snapshot;
  }

  /**
   * Begins to receive a snapshot for a chain that is at its genesis.
   * @throws AivmError `malformed`, `wrong_chain` or `wrong_state` where it cannot be taken.
   */
  async receive(snapshot: Snapshot, trusted: TrustedBlock): Promise<SnapshotReceipt> {
    assertTrusted(snapshot, this.#genesis, trusted);
    if (this.#chain.head.height > 0) {
      throw new AivmError(
        'wrong_state',
        `this chain is at height ${this.#chain.head.height} and takes no snapshot`,
      );
    }
    const writer = await this.#folder.begin(snapshot.header.height);
    const missing = new Set(Array.from({ length: snapshot.chunkCount }, (_, index) => index));
    return {
      snapshot,
      take: async (index, bytes) => {
        parseChunk(snapshot, index, bytes);
        await writer.put(index, bytes);
        missing.delete(index);
        if (missing.size > 0) return false;
        await this.#restore(snapshot, trusted, writer);
        return true;
      },
      abandon: () => writer.abandon(),
    };
  }

  async #restore(snapshot: Snapshot, trusted: TrustedBlock, writer: SnapshotWriter): Promise<void> {
    const readChunk = async (index: number): Promise<Uint8Array> => {
      const bytes = await writer.get(index);
      if (bytes === undefined) throw new AivmError('store_unavailable', `snapshot: chunk ${index} is gone`);
      return bytes;
    };
    await this.#chain.restore((store) =>
      restoreSnapshot({ store, genesis: this.#genesis, snapshot, trusted, readChunk }),
    );
    await writer.finish(snapshot);
    this.#log.info({ height: snapshot.header.height, chunks: snapshot.chunkCount }, 'snapshot restored');
  }

  /** Lets the one that is being taken end. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    await this.#taking?.catch(() => undefined);
  }
}
