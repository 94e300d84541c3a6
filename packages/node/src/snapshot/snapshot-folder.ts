import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AivmError } from '@aivm/core/errors';
import { makeDirectory } from '../store/make-directory.ts';
import { storeError } from '../store/store-error.ts';
import { CHUNK_BYTES_MAX, MANIFEST_BYTES_MAX, parseSnapshot, type Snapshot } from './snapshot.ts';

const MANIFEST = 'manifest';
const PART = '.part';
const NAME = /^\d{1,15}$/;
const chunkName = (index: number): string => `chunk-${index}`;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

async function writeFileSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file of at most that many bytes; undefined where there is none. */
async function readBounded(path: string, bytesMax: number): Promise<Uint8Array | undefined> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) throw new AivmError('too_large', `${path}: ${size} bytes, at most ${bytesMax}`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storeError(path, error);
  }
}

/** A snapshot that is being written. */
export interface SnapshotWriter {
  put(index: number, bytes: Uint8Array): Promise<void>;
  /** Reads back what was put. */
  get(index: number): Promise<Uint8Array | undefined>;
  /** Gives it its name; only then it is there. */
  finish(snapshot: Snapshot): Promise<void>;
  /** Removes what was put. */
  abandon(): Promise<void>;
}

/** Snapshots of one chain in a folder, each in one of its own that is named after its height. */
export class SnapshotFolder {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Removes what a crash left unfinished. */
  async clean(): Promise<void> {
    for (const name of await this.#names()) {
      if (name.endsWith(PART)) await rm(join(this.#directory, name), { recursive: true, force: true });
    }
  }

  async #names(): Promise<readonly string[]> {
    return readdir(this.#directory).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw storeError(this.#directory, error);
    });
  }

  /** Heights of the snapshots that are here, the newest first. */
  async heights(): Promise<readonly number[]> {
    const heights = (await this.#names()).filter((name) => NAME.test(name)).map(Number);
    return heights.sort((left, right) => right - left);
  }

  /** @throws AivmError `data_dir_corrupt` for one that is damaged. */
  async open(height: number): Promise<Snapshot | undefined> {
    const path = join(this.#directory, String(height), MANIFEST);
    const bytes = await readBounded(path, MANIFEST_BYTES_MAX);
    if (bytes === undefined) return undefined;
    try {
      const snapshot = parseSnapshot(bytes);
      if (snapshot.header.height === height) return snapshot;
      throw new AivmError('malformed', `it is of height ${snapshot.header.height}`);
    } catch (cause) {
      if (!(cause instanceof AivmError)) throw cause;
      throw new AivmError('data_dir_corrupt', `${path}: ${cause.detail}`, { cause });
    }
  }

  /** The bytes of a chunk as the file has them, not verified; undefined where there is none. */
  readChunk(height: number, index: number): Promise<Uint8Array | undefined> {
    return readBounded(join(this.#directory, String(height), chunkName(index)), CHUNK_BYTES_MAX);
  }

  /** Begins a snapshot; what another one of that height left unfinished is gone. */
  async begin(height: number): Promise<SnapshotWriter> {
    const part = join(this.#directory, `${height}${PART}`);
    const path = join(this.#directory, String(height));
    await rm(part, { recursive: true, force: true });
    await makeDirectory(part);
    return {
      put: (index, bytes) => writeFileSynced(join(part, chunkName(index)), bytes),
      get: (index) => readBounded(join(part, chunkName(index)), CHUNK_BYTES_MAX),
      finish: async ({ bytes }) => {
        await writeFileSynced(join(part, MANIFEST), bytes);
        await rm(path, { recursive: true, force: true });
        await rename(part, path);
      },
      abandon: () => rm(part, { recursive: true, force: true }),
    };
  }

  /** Removes all but the newest. */
  async prune(keep: number): Promise<void> {
    for (const height of (await this.heights()).slice(keep)) {
      await rm(join(this.#directory, String(height)), { recursive: true, force: true });
    }
  }
}
