import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from '@aivm/core/bytes';
import { runInt8Kernel } from '@aivm/core/execute';
import { readModel, readWeights } from '@aivm/core/state';
import { createClient } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openChain } from '../../src/chain/open-chain.ts';
import { beginWithSnapshot } from '../../src/hosts/follower/fetch-snapshot.ts';
import { followerHost } from '../../src/hosts/follower/follower-host.ts';
import { createNode, type Node } from '../../src/node.ts';
import { parseChunk } from '../../src/snapshot/chunks.ts';
import { restoreSnapshot } from '../../src/snapshot/restore-snapshot.ts';
import { manifestCodec, parseSnapshot, type Snapshot } from '../../src/snapshot/snapshot.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDatabase } from '../../src/verify/verify-database.ts';
import { finalizeBlock } from '../hosts/hosts-under-test.ts';
import { startLyingSource } from '../support/lying-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import {
  people,
  registerProvider,
  submitResult,
  submitTask,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../support/test-genesis.ts';

const crowd = people(3);
const [requester, operator, other] = crowd as [TestAccount, TestAccount, TestAccount];
/** Enough accounts for several chunks of values. */
const MANY = 12_000;
const allocations = Object.fromEntries([
  ...crowd.map((person) => [person.text, (10n ** 21n).toString()]),
  ...Array.from({ length: MANY }, (_, i) => [`0x${(i + 1).toString(16).padStart(40, '0')}`, '1000']),
]);
const genesis = testGenesis(crowd, { allocations });

/** A chain with a receipt, an open task and an anchor, in a directory; closed after the test. */
async function startSource(): Promise<Node> {
  const source = await openSource(temporaryDirectory());
  onTestFinished(() => source.close());
  return source;
}

async function openSource(dataDir: string): Promise<Node> {
  for (const person of crowd) person.nonce = 0n;
  const source = await createNode({
    genesis,
    dataDir,
    host: 'none',
    http: { port: 0 },
    blobBytesMax: 0,
  });
  const { port } = source.api;
  const block = async (...transactions: { readonly bytes: Uint8Array }[]): Promise<void> => {
    const { height } = port.lastAccepted().header;
    await finalizeBlock(
      port,
      transactions.map(({ bytes }) => bytes),
      TEST_TIMESTAMP + 10 * (height + 1),
    );
  };
  await block(operator.sign(registerProvider('p-1', operator.address)));
  await block(requester.sign(submitTask('done')));
  await block();
  const model = readModel(port.state(), 'wdbc-int8');
  const weights = model && readWeights(port.state(), model.weightHash);
  if (weights === undefined) throw new Error('no model');
  await block(
    operator.sign(submitResult('done', 'p-1', runInt8Kernel(weights.parameters, new Uint8Array(32)))),
  );
  for (let i = 0; i < 6; i++) await block(other.sign(transfer(requester.address)));
  await block(
    requester.sign(submitTask('open', { model: 'qwen3-8b' })),
    other.sign(transfer(requester.address)),
  );
  expect(port.lastAccepted().header.receiptCount).toBe(1);
  return source;
}

const urlOf = (node: Node): string => node.http?.url ?? '';
const trustedOf = ({ header, blockId }: Snapshot) => ({ height: header.height, id: blockId });
const take = async ({ api }: Node): Promise<Snapshot> => {
  if (api.snapshots === undefined) throw new Error('no snapshots');
  return api.snapshots.take();
};
const chunkOf = async ({ api }: Node, { header }: Snapshot, index: number): Promise<Uint8Array> => {
  const bytes = await api.snapshots?.readChunk(header.height, index);
  if (bytes === undefined) throw new Error(`no chunk ${index}`);
  return bytes;
};
const read = async (url: string, path: string): Promise<string> => (await fetch(url + path)).text();

/** One of them, for tests that change nothing of it. */
let still: Node;
let directory = '';
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'aivm-snapshot-'));
  still = await openSource(directory);
});
afterAll(async () => {
  await still.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('a snapshot', () => {
  it('brings an empty directory to the state, the receipts and the block of another node, which goes on from there', async () => {
    const source = await startSource();
    const snapshot = await take(source);
    expect(snapshot.state.length).toBeGreaterThan(1);
    expect(snapshot.receipts.length).toBe(1);
    const dataDir = temporaryDirectory();
    const trusted = trustedOf(snapshot);
    expect(await beginWithSnapshot({ genesis, dataDir, trusted, from: [urlOf(source)] })).toBe(
      trusted.height,
    );
    const host = followerHost({ sources: [urlOf(source)], waitMs: 500 });
    const restored = await createNode({ genesis, dataDir, host, http: { port: 0 }, blobBytesMax: 0 });
    onTestFinished(() => restored.close());
    expect(restored.api.lastAccepted()).toEqual(source.api.lastAccepted());
    const paths = [
      ...[
        '/stats',
        '/providers',
        '/tasks?id=done',
        '/tasks?id=open',
        '/tasks?limit=9',
        '/tasks?status=completed',
      ],
      ...[
        '/tasks?provider=p-1',
        '/models',
        '/merkle',
        '/epochs',
        '/receipts/0',
        '/receipts/0/proof',
        '/blocks/latest',
      ],
      ...['/blocks/0', '/config', `/accounts/${requester.text}`, '/state/0x63/proof'],
    ];
    for (const path of paths)
      expect(await read(urlOf(restored), path), path).toBe(await read(urlOf(source), path));
    // What was before it is not known, and is said to be unknown.
    const client = createClient({ url: urlOf(restored) });
    await expect(client.getBlock(3)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.listAnchors()).anchors).toEqual([]);
    const { height } = source.api.lastAccepted().header;
    for (let i = 1; i <= 4; i++) {
      await finalizeBlock(
        source.api.port,
        [other.sign(transfer(requester.address)).bytes],
        TEST_TIMESTAMP + 10 * (height + i),
      );
    }
    await expect.poll(() => restored.api.lastAccepted().header.height, { timeout: 20_000 }).toBe(height + 4);
    expect(restored.api.lastAccepted().id).toEqual(source.api.lastAccepted().id);
    expect((await client.listAnchors()).anchors.length).toBeGreaterThan(0);
    // Others can begin with the same one.
    expect((await createClient({ url: urlOf(restored) }).listSnapshots()).snapshots).toMatchObject([
      { height: trusted.height, block: trusted.id, chunks: snapshot.chunkCount },
    ]);
  });

  it('is the same wherever it is taken', async () => {
    const [left, right] = [await take(still), await take(await startSource())];
    expect(right.hash).toEqual(left.hash);
  });

  it('is refused with the name of a chunk in which anything is changed, and nothing of it stays', async () => {
    const source = still;
    const snapshot = await take(source);
    for (let index = 0; index < snapshot.chunkCount; index++) {
      const bytes = await chunkOf(source, snapshot, index);
      expect(parseChunk(snapshot, index, bytes).kind).toBe(
        ['head', ...snapshot.state.map(() => 'state'), 'receipts'][index],
      );
      for (const at of [0, 3, 4, 40, bytes.length >> 1, bytes.length - 1]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ 4;
        expect(() => parseChunk(snapshot, index, changed), `chunk ${index}, byte ${at}`).toThrow(
          expect.objectContaining({
            detail: expect.stringContaining(`chunk ${index} of the snapshot of height`),
          }),
        );
      }
      expect(() => parseChunk(snapshot, index, bytes.slice(0, -1))).toThrow();
      expect(() => parseChunk(snapshot, index, new Uint8Array([...bytes, 0]))).toThrow();
      const wrongPlace = (index + 1) % snapshot.chunkCount;
      expect(() => parseChunk(snapshot, wrongPlace, bytes)).toThrow();
    }
    const proxy = await startLyingSource(urlOf(source));
    proxy.tamper = ({ path, body }) =>
      path.includes('chunk?index=2') ? body.replace(/"bytes":"./, '"bytes":"/') : undefined;
    const dataDir = temporaryDirectory();
    const begin = (url: string) =>
      beginWithSnapshot({ genesis, dataDir, trusted: trustedOf(snapshot), from: [url] });
    await expect(begin(proxy.url)).rejects.toMatchObject({
      code: expect.stringMatching(/malformed|too_large/),
      detail: expect.stringContaining('chunk 2 of the snapshot'),
    });
    expect(existsSync(join(dataDir, 'snapshots', `${snapshot.header.height}.part`))).toBe(false);
    const node = await createNode({ genesis, dataDir, host: 'none' });
    expect(node.api.lastAccepted().header.height).toBe(0);
    await node.close();
    expect(await begin(urlOf(source))).toBe(snapshot.header.height);
  });

  it('is refused where its manifest, its block or its chain is another one', async () => {
    const source = still;
    const snapshot = await take(source);
    for (const at of [0, 4, 40, 60, 200, 300, snapshot.bytes.length - 1]) {
      const changed = snapshot.bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const isSame = (): boolean =>
        Buffer.from(parseSnapshot(changed).blockId).equals(Buffer.from(snapshot.blockId));
      let refused = false;
      try {
        // The genesis hash stands beside the header: it is held against the chain's own.
        refused = !isSame() || at < 36;
      } catch {
        refused = true;
      }
      expect(refused, `byte ${at}`).toBe(true);
    }
    const begin = (trusted: ReturnType<typeof trustedOf>, chain = genesis) =>
      beginWithSnapshot({ genesis: chain, dataDir: temporaryDirectory(), trusted, from: [urlOf(source)] });
    const trusted = trustedOf(snapshot);
    await expect(begin({ ...trusted, id: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'malformed',
      detail: expect.stringContaining(`trusted is ${trusted.height}:0x00`),
    });
    await expect(begin({ ...trusted, height: 3 })).rejects.toMatchObject({
      code: 'not_found',
      detail: expect.stringContaining(`it has ${trusted.height}:0x`),
    });
    await expect(begin(trusted, testGenesis([], { message: 'another', allocations }))).rejects.toMatchObject({
      code: 'wrong_chain',
    });
    testGenesis(crowd, { allocations });
    const huge = serialize(manifestCodec, snapshot);
    expect(() => parseSnapshot(new Uint8Array(5_000_000))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
    expect(() => parseSnapshot(huge.with(0, 9))).toThrow(expect.objectContaining({ code: 'not_supported' }));
    expect(() => parseChunk(snapshot, 1, new Uint8Array(16_000_000))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
    expect(() => parseChunk(snapshot, 99, new Uint8Array())).toThrow(
      expect.objectContaining({ code: 'out_of_range' }),
    );
  });

  it('that a killed process left unfinished counts for nothing', async () => {
    const source = still;
    const snapshot = await take(source);
    const store = new MemoryStore();
    await openChain({ store, genesis, location: 'memory' });
    const seen: number[] = [];
    const killed = new MemoryStore();
    const restoring = restoreSnapshot({
      store,
      genesis,
      snapshot,
      trusted: trustedOf(snapshot),
      readChunk: async (index) => {
        seen.push(index);
        if (index < 2) return chunkOf(source, snapshot, index);
        // What is on the disk when the process is killed here.
        for await (const [key, value] of store.iterate({ from: new Uint8Array(0) })) {
          await killed.batch([{ type: 'put', key, value }]);
        }
        throw new Error('killed');
      },
    });
    await expect(restoring).rejects.toThrow('killed');
    expect(seen).toEqual([0, 1, 2]);
    for (const left of [store, killed]) {
      const chain = await openChain({ store: left, genesis, location: 'memory' });
      expect(chain.head.height).toBe(0);
      expect((await verifyDatabase({ store: left, genesis, location: 'memory' })).supply.balanced).toBe(true);
    }
  });

  it('is what verify-db says that it cannot replay', async () => {
    const source = still;
    const snapshot = await take(source);
    const store = new MemoryStore();
    const readChunk = (index: number) => chunkOf(source, snapshot, index);
    await restoreSnapshot({ store, genesis, snapshot, trusted: trustedOf(snapshot), readChunk });
    await expect(verifyDatabase({ store, genesis, location: 'memory' })).rejects.toMatchObject({
      code: 'not_supported',
      detail: expect.stringContaining(`the snapshot of height ${snapshot.header.height}`),
    });
  });
});

describe('a node that takes snapshots', () => {
  it('takes one every so many blocks and keeps the newest', async () => {
    const source = await createNode({
      genesis,
      dataDir: temporaryDirectory(),
      host: 'none',
      snapshots: { everyBlocks: 2, keep: 2 },
    });
    onTestFinished(() => source.close());
    const heights = async () => (await source.api.snapshots?.list())?.map(({ header }) => header.height);
    for (let height = 1; height <= 7; height++) {
      await finalizeBlock(source.api.port, [], TEST_TIMESTAMP + height);
      if (height % 2 === 0) await expect.poll(heights, { timeout: 20_000 }).toContain(height);
    }
    expect(await heights()).toEqual([6, 4]);
  });

  it('takes the state of one block while others come', async () => {
    const source = await startSource();
    const { port } = source.api;
    const taking = take(source);
    const from = port.lastAccepted().header.height;
    for (let i = 1; i <= 5; i++) {
      await finalizeBlock(
        port,
        [other.sign(transfer(requester.address)).bytes],
        TEST_TIMESTAMP + 10 * (from + i),
      );
    }
    const snapshot = await taking;
    expect(snapshot.blockId).toEqual(port.blocks.getBlockId(snapshot.header.height));
  });
});
