import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, equalBytes, hexToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import {
  CHUNK_SIZE,
  chunkCountOf,
  createChunkTree,
  HASH_SIZE,
  type HashTree,
  hashChunk,
  openChunks,
} from '@aivm/core/network';
import { makeDirectory } from './make-directory.ts';
import { storeError } from './store-error.ts';

/** Trees that are kept in memory: 4 KiB for each MiB of a blob. */
const TREES_MAX = 16;
/** Bytes that are written at once. */
const WRITE_SIZE = 128 * CHUNK_SIZE;

const BLOB = '.blob';
const CHUNKS = '.chunks';
const PART = '.part';

/** What a store of blobs is made of. */
export interface BlobStoreOptions {
  readonly directory: string;
  /** Bytes of all blobs together, those included that are being received. */
  readonly bytesMax: number;
}

/**
 * Blobs of weights in files that are named after their hash. Beside each stand the hashes of its chunks, which lead to that
 * name: they are its checksum, and what proofs are made of. A blob has its name only once it is whole and on the disk.
 */
export class BlobStore {
  readonly #directory: string;
  readonly #bytesMax: number;
  readonly #sizes: Map<string, number>;
  readonly #receiving = new Map<string, number>();
  readonly #trees = new Map<string, HashTree>();

  private constructor({ directory, bytesMax }: BlobStoreOptions, sizes: Map<string, number>) {
    this.#directory = directory;
    this.#bytesMax = bytesMax;
    this.#sizes = sizes;
  }

  /** Opens a directory, which is made where it is missing, and removes what a crash left unfinished. */
  static async open(options: BlobStoreOptions): Promise<BlobStore> {
    const { directory } = options;
    try {
      await makeDirectory(directory);
      const sizes = new Map<string, number>();
      for (const name of await readdir(directory)) {
        if (name.endsWith(PART)) await rm(join(directory, name), { force: true });
        if (!name.endsWith(BLOB)) continue;
        sizes.set(name.slice(0, -BLOB.length), (await stat(join(directory, name))).size);
      }
      return new BlobStore(options, sizes);
    } catch (error) {
      throw storeError(directory, error);
    }
  }

  /** Hashes of the blobs that are here, in hex. */
  hashes(): readonly string[] {
    return [...this.#sizes.keys()];
  }

  /** Bytes of a blob; undefined where it is not here. */
  sizeOf(hash: Uint8Array): number | undefined {
    return this.#sizes.get(bytesToHex(hash));
  }

  /** Bytes of all blobs, those included that are being received. */
  get bytesUsed(): number {
    const sum = (sizes: Iterable<number>): number => [...sizes].reduce((total, size) => total + size, 0);
    return sum(this.#sizes.values()) + sum(this.#receiving.values());
  }

  /**
   * Takes a blob of exactly `byteLength` bytes; hashed as it comes. Nothing is kept of one that is refused or cut off.
   *
   * @throws AivmError `malformed` for other bytes than those of the hash, `duplicate` while the same one is received or if
   *   it is here, `too_large` where the store is full, `store_unavailable` for a fault of the disk
   */
  async receive(hash: Uint8Array, byteLength: number, parts: AsyncIterable<Uint8Array>): Promise<void> {
    const name = bytesToHex(hash);
    if (this.#sizes.has(name) || this.#receiving.has(name))
      throw new AivmError(
        'duplicate',
        `blob ${name}: ${this.#sizes.has(name) ? 'it is here' : 'it is being received'}`,
      );
    if (this.bytesUsed + byteLength > this.#bytesMax)
      throw new AivmError(
        'too_large',
        `blob ${name}: ${byteLength} bytes beside ${this.bytesUsed} of others; this node keeps ${this.#bytesMax}`,
      );
    this.#receiving.set(name, byteLength);
    const part = join(this.#directory, `${name}.${randomBytes(6).toString('hex')}${PART}`);
    try {
      const hashes = await this.#write(part, name, byteLength, parts);
      const { root } = createChunkTree(byteLength, hashes);
      if (!equalBytes(root, hash))
        throw new AivmError('malformed', `blob ${name}: the bytes have the hash ${bytesToHex(root)}`);
      await this.#keep(part, name, hashes);
      this.#sizes.set(name, byteLength);
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw error instanceof AivmError ? error : storeError(this.#directory, error);
    } finally {
      this.#receiving.delete(name);
    }
  }

  /** Writes the parts to `path` and gives the hashes of the chunks. */
  async #write(
    path: string,
    name: string,
    byteLength: number,
    parts: AsyncIterable<Uint8Array>,
  ): Promise<Uint8Array> {
    const hashes = new Uint8Array(chunkCountOf(byteLength) * HASH_SIZE);
    const pending = new Uint8Array(WRITE_SIZE);
    let filled = 0;
    let written = 0;
    const file = await open(path, 'wx');
    const flush = async (): Promise<void> => {
      for (let start = 0; start < filled || written + start === 0; start += CHUNK_SIZE) {
        const chunk = pending.subarray(start, Math.min(start + CHUNK_SIZE, filled));
        hashes.set(hashChunk(byteLength, chunk), ((written + start) / CHUNK_SIZE) * HASH_SIZE);
      }
      await writeAll(file, pending.subarray(0, filled));
      written += filled;
      filled = 0;
    };
    try {
      for await (const part of parts) {
        if (written + filled + part.length > byteLength)
          throw new AivmError('malformed', `blob ${name}: more than the ${byteLength} bytes of the model`);
        for (let used = 0; used < part.length; ) {
          const count = Math.min(part.length - used, WRITE_SIZE - filled);
          pending.set(part.subarray(used, used + count), filled);
          filled += count;
          used += count;
          if (filled === WRITE_SIZE) await flush();
        }
      }
      if (filled > 0 || byteLength === 0) await flush();
      if (written !== byteLength)
        throw new AivmError(
          'malformed',
          `blob ${name}: ${written} bytes came; the model's has ${byteLength}`,
        );
      await file.sync();
    } finally {
      await file.close();
    }
    return hashes;
  }

  /** Gives a finished file its name, after the hashes that vouch for it. */
  async #keep(part: string, name: string, hashes: Uint8Array): Promise<void> {
    const chunks = join(this.#directory, name + CHUNKS);
    const file = await open(`${chunks}${PART}`, 'w');
    try {
      await writeAll(file, hashes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${chunks}${PART}`, chunks);
    await rename(part, join(this.#directory, name + BLOB));
    const directory = await open(this.#directory, 'r');
    await directory.sync().catch(() => undefined);
    await directory.close();
  }

  /**
   * `count` chunks from `first` on, each held against its hash.
   *
   * @throws AivmError `not_found`, `data_dir_corrupt` where the disk holds other bytes, `store_unavailable`
   */
  async readChunks(hash: Uint8Array, first: number, count: number): Promise<Uint8Array> {
    const name = bytesToHex(hash);
    const tree = await this.#treeOf(name);
    const { byteLength } = tree;
    const start = first * CHUNK_SIZE;
    const bytes = new Uint8Array(Math.min((first + count) * CHUNK_SIZE, byteLength) - start);
    await this.#readInto(name, bytes, start);
    for (let chunk = 0; chunk < count; chunk++) {
      const part = bytes.subarray(chunk * CHUNK_SIZE, (chunk + 1) * CHUNK_SIZE);
      const expected = tree.levels.find(({ length }) => length > 0)!;
      const at = (first + chunk) * HASH_SIZE;
      if (!equalBytes(hashChunk(byteLength, part), expected.subarray(at, at + HASH_SIZE)))
        throw this.#damaged(name, `chunk ${first + chunk} does not have its hash`);
    }
    return bytes;
  }

  /** The hashes that lead from chunks to the blob's hash. @throws as {@link readChunks}; RangeError for no such chunks */
  async openChunks(hash: Uint8Array, first: number, count: number): Promise<Uint8Array> {
    return openChunks(await this.#treeOf(bytesToHex(hash)), first, count);
  }

  /** Forgets a blob; one that is not here is forgotten already. */
  async remove(name: string): Promise<void> {
    this.#sizes.delete(name);
    this.#trees.delete(name);
    for (const ending of [BLOB, CHUNKS]) await rm(join(this.#directory, name + ending), { force: true });
  }

  async #readInto(name: string, bytes: Uint8Array, offset: number): Promise<void> {
    try {
      const file = await open(join(this.#directory, name + BLOB), 'r');
      try {
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, offset + done);
          if (bytesRead === 0) throw this.#damaged(name, `it ends after ${offset + done} bytes`);
          done += bytesRead;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      throw storeError(this.#directory, error);
    }
  }

  async #treeOf(name: string): Promise<HashTree> {
    const size = this.#sizes.get(name);
    if (size === undefined) throw new AivmError('not_found', `blob ${name}: this node does not have it`);
    let tree = this.#trees.get(name);
    if (tree === undefined) {
      tree = await this.#readTree(name, size);
      const oldest = this.#trees.size >= TREES_MAX ? this.#trees.keys().next().value : undefined;
      if (oldest !== undefined) this.#trees.delete(oldest);
    } else this.#trees.delete(name);
    this.#trees.set(name, tree);
    return tree;
  }

  async #readTree(name: string, size: number): Promise<HashTree> {
    let hashes: Uint8Array;
    try {
      hashes = new Uint8Array(await readFile(join(this.#directory, name + CHUNKS)));
    } catch (error) {
      throw storeError(this.#directory, error);
    }
    if (hashes.length !== chunkCountOf(size) * HASH_SIZE)
      throw this.#damaged(name, `${hashes.length} bytes of hashes for ${size} bytes`);
    const tree = createChunkTree(size, hashes);
    if (!equalBytes(tree.root, hexToBytes(name)))
      throw this.#damaged(name, 'its hashes do not lead to its name');
    return tree;
  }

  #damaged(name: string, what: string): AivmError {
    return new AivmError('data_dir_corrupt', `${join(this.#directory, name + BLOB)}: ${what}`);
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}
