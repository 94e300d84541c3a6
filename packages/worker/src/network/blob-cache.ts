import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { CHUNK_SIZE, hashBlob } from '@aivm/core/network';
import type { WorkerNode } from '../worker-node.ts';

/** Blobs of weights on this machine's disk, by their hash. */
export interface BlobCache {
  /**
   * The blob with this hash and size: from the disk, or fetched and kept there. What an earlier run has fetched is not
   * fetched again. Processes may share a directory.
   *
   * @throws AivmError with the node's code, `malformed` for bytes that are not those of the hash
   */
  get(blob: { readonly hash: Uint8Array; readonly size: number }, signal: AbortSignal): Promise<Uint8Array>;
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** A cache in `directory`, which is made where it is missing. */
export function createBlobCache(node: Pick<WorkerNode, 'fetchBlob'>, directory: string): BlobCache {
  const fetchInto = async (
    part: string,
    { hash, size }: { readonly hash: Uint8Array; readonly size: number },
    signal: AbortSignal,
  ): Promise<void> => {
    const had = Math.min(await sizeOf(part), size);
    const offset = had - (had % CHUNK_SIZE);
    const file = await open(part, 'r+').catch(() => open(part, 'w+'));
    try {
      for await (const piece of node.fetchBlob({ hash, size, offset }, signal))
        await file.write(piece.bytes, 0, piece.bytes.length, piece.offset);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return {
    get: async (blob, signal) => {
      const { hash, size } = blob;
      const path = join(directory, `${bytesToHex(hash)}.blob`);
      const isRight = (bytes: Uint8Array): boolean =>
        bytes.length === size && equalBytes(hashBlob(bytes), hash);
      const kept = await readFile(path).catch(() => undefined);
      if (kept !== undefined && isRight(kept)) return new Uint8Array(kept);
      await mkdir(directory, { recursive: true });
      const part = `${path}.part`;
      await fetchInto(part, blob, signal);
      const bytes = new Uint8Array(await readFile(part).catch(() => readFile(path)));
      if (!isRight(bytes)) {
        // What an earlier run left was damaged: it is fetched anew by the next try.
        await rm(part, { force: true });
        throw new AivmError('malformed', `${part}: not the bytes of the blob; removed`);
      }
      // Another process that shares the directory may have been first.
      await rename(part, path).catch(() => undefined);
      return bytes;
    },
  };
}
