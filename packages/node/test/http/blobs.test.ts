import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytesToHex, ZERO_32 } from '@aivm/core/bytes';
import { CHUNK_SIZE, hashBlob, rootOfChunks } from '@aivm/core/network';
import { CheckClass } from '@aivm/core/state';
import { developmentAccounts, type Wallet } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { keepBlobs } from '../../src/local/keep-blobs.ts';
import { silentLog } from '../../src/log.ts';
import { BlobStore } from '../../src/store/blob-store.ts';
import { placeOf } from '../support/place-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type Fixture, startFixture } from './fixture.ts';

const [owner] = developmentAccounts() as [Wallet];
const fileOf = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(fileURLToPath(new URL(`../../../../models/${name}`, import.meta.url))));
const NO_BYTES = new Uint8Array(0);

interface BlobFixture extends Fixture {
  readonly directory: string;
  readonly blobs: BlobStore;
  readonly blob: Uint8Array;
  readonly hash: Uint8Array;
}

/** A node with the network `name` registered, and nothing stored yet. */
async function startBlobs(
  name: string,
  options: Parameters<typeof startFixture>[0] = {},
): Promise<BlobFixture> {
  const directory = temporaryDirectory();
  const blobs = await BlobStore.open({ directory, bytesMax: 100_000_000 });
  const fixture = await startFixture({ ...options, blobs });
  const [header, blob] = await Promise.all([
    fileOf(`${name}/${name}.header`),
    fileOf(`${name}/${name}.blob`),
  ]);
  const hash = hashBlob(blob);
  const operation = {
    kind: 'registerModel',
    id: name,
    name,
    modelType: 'network',
    capabilities: [],
    contextSize: 0,
    parameters: '',
    checkClass: CheckClass.int8Graph,
    deterministic: true,
    header,
    weights: NO_BYTES,
    weightHash: hash,
    licenseRoot: ZERO_32,
  } as const;
  const { bytes } = owner.sign({ ...placeOf(fixture.node, 0n), operation });
  const answer = await fixture.client.submitTransaction(bytes, { wait: 'accepted' });
  expect(answer).toMatchObject({ code: '' });
  return { ...fixture, directory, blobs, blob, hash };
}

async function fetched({ client, blob, hash }: BlobFixture, offset = 0): Promise<Uint8Array> {
  const bytes = new Uint8Array(blob.length);
  for await (const piece of client.fetchBlob({ hash, size: blob.length, offset }))
    bytes.set(piece.bytes, piece.offset);
  return bytes;
}

describe('the weights of a network', () => {
  it('are stored, fetched with proofs, and go on behind what is there', async () => {
    const fixture = await startBlobs('story');
    const { client, blob, hash } = fixture;
    await expect(fetched(fixture)).rejects.toMatchObject({ code: 'not_found' });
    await client.putBlob({ hash, model: 'story', bytes: blob });
    await client.putBlob({ hash, model: 'story', bytes: blob });
    expect(Buffer.compare(await fetched(fixture), blob)).toBe(0);
    const offset = 200 * CHUNK_SIZE;
    const rest = await fetched(fixture, offset);
    expect(Buffer.compare(rest.subarray(offset), blob.subarray(offset))).toBe(0);
    expect(rest.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
  });

  it('are served whole, by range and by head, as any client asks', async () => {
    const { server, client, blob, hash } = await startBlobs('digits');
    await client.putBlob({ hash, model: 'digits', bytes: blob });
    const url = `${server.url}/blobs/0x${bytesToHex(hash)}`;
    const whole = await fetch(url);
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(new Uint8Array(await whole.arrayBuffer())).toEqual(blob);
    const head = await fetch(url, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(blob.length));
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 0],
      ['bytes=8190-8200', 8_190, 8_200],
      [`bytes=13000-`, 13_000, blob.length - 1],
      ['bytes=-5', blob.length - 5, blob.length - 1],
      ['bytes=13567-99999', 13_567, 13_567],
    ] as const) {
      const part = await fetch(url, { headers: { range } });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${from}-${to}/${blob.length}`);
      expect(new Uint8Array(await part.arrayBuffer())).toEqual(blob.subarray(from, to + 1));
    }
    const outside = await fetch(url, { headers: { range: 'bytes=13568-' } });
    expect([outside.status, outside.headers.get('content-range')]).toEqual([416, `bytes */${blob.length}`]);
  });

  it('have a proof for each chunk by itself', async () => {
    const { client, blob, hash } = await startBlobs('digits');
    await client.putBlob({ hash, model: 'digits', bytes: blob });
    for (const first of [0, 1]) {
      const proof = await client.call('getBlobProof', { params: { hash }, query: { first } });
      const chunk = blob.subarray(first * CHUNK_SIZE, (first + 1) * CHUNK_SIZE);
      expect(rootOfChunks(proof.size, proof, chunk, proof.siblings)).toEqual(hash);
    }
    await expect(
      client.call('getBlobProof', { params: { hash }, query: { first: 1, count: 2 } }),
    ).rejects.toMatchObject({ code: 'out_of_range', detail: 'chunks: 2 from 1 on; the blob has 2' });
  });

  it('are taken only as a registered network names them', async () => {
    const { client, blob, hash, directory } = await startBlobs('digits');
    const put = (bytes: Uint8Array, model = 'digits', name = hash) =>
      client.putBlob({ hash: name, model, bytes });
    await expect(put(blob, 'nobody')).rejects.toMatchObject({ code: 'not_found' });
    await expect(put(blob, 'wdbc-int8')).rejects.toMatchObject({ code: 'not_found' });
    await expect(put(blob, 'digits', ZERO_32)).rejects.toThrow(
      /network "digits" has the weights [0-9a-f]{64}/,
    );
    await expect(put(blob.subarray(1))).rejects.toThrow('13567 bytes; that of network "digits" has 13568');
    await expect(put(blob.with(7, blob[7]! ^ 1))).rejects.toThrow('the bytes have the hash');
    expect(await readdir(directory)).toEqual([]);
  });

  it('that are damaged on the disk or on the way reach nobody', async () => {
    const fixture = await startBlobs('digits');
    const { client, blob, hash, directory } = fixture;
    await client.putBlob({ hash, model: 'digits', bytes: blob });
    const path = join(directory, `${bytesToHex(hash)}.blob`);
    await writeFile(path, blob.with(9_000, blob[9_000]! ^ 1));
    await expect(fetched(fixture)).rejects.toMatchObject({ code: 'data_dir_corrupt' });
    await writeFile(path, blob);
    expect(await fetched(fixture)).toEqual(blob);
    const lying = { ...fixture, client: await lyingClient(fixture) };
    await expect(fetched(lying)).rejects.toThrow('bytes from 0 on do not lead to the hash');
  });

  it('come again after a connection that was cut', async () => {
    let cuts = 2;
    const cutting: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (new Headers(init?.headers).get('range') === null || cuts-- <= 0) return response;
      const bytes = new Uint8Array(await response.arrayBuffer()).subarray(0, 4_000);
      return new Response(bytes, { status: 206, headers: response.headers });
    };
    const fixture = await startBlobs('digits', { client: { fetch: cutting } });
    const { client, blob, hash } = fixture;
    await client.putBlob({ hash, model: 'digits', bytes: blob });
    expect(await fetched(fixture)).toEqual(blob);
    expect(cuts).toBeLessThan(0);
  });

  it('are kept while a model names them, and gone two looks after', async () => {
    const { node, client, blob, hash, blobs } = await startBlobs('digits');
    await client.putBlob({ hash, model: 'digits', bytes: blob });
    const { sweep, stop } = keepBlobs({ node, blobs, log: silentLog });
    await sweep();
    await sweep();
    expect(blobs.hashes()).toHaveLength(1);
    const operation = {
      kind: 'updateModelWeights',
      id: 'digits',
      weights: NO_BYTES,
      weightHash: Uint8Array.from({ length: 32 }, () => 7),
    } as const;
    await client.submitTransaction(owner.sign({ ...placeOf(node, 1n), operation }).bytes, {
      wait: 'accepted',
    });
    await sweep();
    expect(blobs.hashes()).toHaveLength(1);
    await sweep();
    expect(blobs.hashes()).toEqual([]);
    stop();
  });
});

async function lyingClient({ server }: BlobFixture) {
  const { createClient } = await import('@aivm/sdk');
  return createClient({
    url: server.url,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      if (new Headers(init?.headers).get('range') === null) return response;
      const bytes = new Uint8Array(await response.arrayBuffer());
      bytes[100]! ^= 1;
      return new Response(bytes, { status: 206 });
    },
  });
}
