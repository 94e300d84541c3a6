import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { CHUNK_SIZE, hashBlob, rootOfChunks } from '@aivm/core/network';
import { describe, expect, it } from 'vitest';
import { BlobStore } from '../../src/store/blob-store.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const bytesOf = (size: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => (Math.imul(i + seed, 2_654_435_761) >>> 13) & 0xff);

async function* inParts(bytes: Uint8Array, size = 5_000): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const open = (directory: string, bytesMax = 10_000_000) => BlobStore.open({ directory, bytesMax });

describe('a store of blobs', () => {
  it.each([0, 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3_000_000])('keeps %i bytes over a restart', async (size) => {
    const directory = await temporaryDirectory();
    const bytes = bytesOf(size);
    const hash = hashBlob(bytes);
    const store = await open(directory);
    await store.receive(hash, size, inParts(bytes));
    const again = await open(directory);
    expect(again.sizeOf(hash)).toBe(size);
    expect(again.bytesUsed).toBe(size);
    const count = Math.max(1, Math.ceil(size / CHUNK_SIZE));
    expect(Buffer.compare(await again.readChunks(hash, 0, count), bytes)).toBe(0);
    const first = count - 1;
    const siblings = await again.openChunks(hash, first, 1);
    const last = await again.readChunks(hash, first, 1);
    expect(rootOfChunks(size, { first, count: 1 }, last, siblings)).toEqual(hash);
  });

  it('takes nothing but the bytes of the hash, and keeps nothing of others', async () => {
    const directory = await temporaryDirectory();
    const store = await open(directory);
    const bytes = bytesOf(20_000);
    const hash = hashBlob(bytes);
    const wrong = bytes.with(19_999, bytes[19_999]! ^ 1);
    await expect(store.receive(hash, 20_000, inParts(wrong))).rejects.toThrow(
      /the bytes have the hash [0-9a-f]{64}/,
    );
    await expect(store.receive(hash, 20_000, inParts(bytes.subarray(1)))).rejects.toThrow('19999 bytes came');
    await expect(store.receive(hash, 19_999, inParts(bytes))).rejects.toThrow('more than the 19999 bytes');
    await expect(store.receive(hash, 20_000, cutOff(bytes))).rejects.toThrow('connection lost');
    expect(await readdir(directory)).toEqual([]);
    expect(store.bytesUsed).toBe(0);
    await store.receive(hash, 20_000, inParts(bytes));
    await expect(store.receive(hash, 20_000, inParts(bytes))).rejects.toMatchObject({ code: 'duplicate' });
  });

  it('is bounded, what is on its way included', async () => {
    const store = await open(await temporaryDirectory(), 30_000);
    const [one, two] = [bytesOf(20_000), bytesOf(20_000, 9)];
    const receiving = store.receive(hashBlob(one), 20_000, inParts(one));
    await expect(store.receive(hashBlob(two), 20_000, inParts(two))).rejects.toMatchObject({
      code: 'too_large',
      detail: expect.stringContaining('20000 bytes beside 20000 of others; this node keeps 30000'),
    });
    await receiving;
    await store.remove(bytesToHex(hashBlob(one)));
    await store.receive(hashBlob(two), 20_000, inParts(two));
    expect(store.hashes()).toEqual([bytesToHex(hashBlob(two))]);
  });

  it('names damage and serves none of it, and removes what a crash left', async () => {
    const directory = await temporaryDirectory();
    const bytes = bytesOf(4 * CHUNK_SIZE);
    const hash = hashBlob(bytes);
    const name = bytesToHex(hash);
    await writeFile(join(directory, `${name}.123.part`), 'half');
    await (await open(directory)).receive(hash, bytes.length, inParts(bytes));
    expect((await readdir(directory)).sort()).toEqual([`${name}.blob`, `${name}.chunks`]);
    const path = join(directory, `${name}.blob`);
    const onDisk = new Uint8Array(await readFile(path));
    await writeFile(path, onDisk.with(2 * CHUNK_SIZE + 5, onDisk[2 * CHUNK_SIZE + 5]! ^ 4));
    const store = await open(directory);
    expect(await store.readChunks(hash, 0, 2)).toEqual(bytes.subarray(0, 2 * CHUNK_SIZE));
    await expect(store.readChunks(hash, 1, 2)).rejects.toMatchObject({
      code: 'data_dir_corrupt',
      detail: expect.stringContaining('chunk 2 does not have its hash'),
    });
    const chunks = join(directory, `${name}.chunks`);
    const hashes = new Uint8Array(await readFile(chunks));
    await writeFile(chunks, hashes.with(0, hashes[0]! ^ 1));
    await expect((await open(directory)).readChunks(hash, 0, 1)).rejects.toThrow('do not lead to its name');
    await truncate(path, 100);
    await expect((await open(directory)).readChunks(hash, 0, 1)).rejects.toThrow(
      '128 bytes of hashes for 100',
    );
  });
});

async function* cutOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 12_000);
  throw new Error('connection lost');
}
