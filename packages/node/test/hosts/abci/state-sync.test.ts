import { AivmError } from '@aivm/core/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AbciHost } from '../../../src/hosts/abci/abci-host.ts';
import { openNode } from '../../../src/local/open-node.ts';
import { TestEngine } from '../../support/abci-engine.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';
import {
  people,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../../support/test-genesis.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];
const genesis = testGenesis([alice, bob]);
const pay = (nonce: number): Uint8Array => alice.sign(transfer(bob.address), BigInt(nonce)).bytes;
const at = (height: number): number => TEST_TIMESTAMP + 10 * height;
const ACCEPT = 1;

/** An application in a directory, and what plays CometBFT at it. */
async function start(everyBlocks = 0, dataDir: string = temporaryDirectory()) {
  const { node, store } = await openNode({ dataDir, genesis, snapshots: { everyBlocks } });
  const host = new AbciHost({ listen: 'tcp://127.0.0.1:0' }, { port: node.port });
  await host.start();
  const engine = new TestEngine(host.address);
  const stop = async (): Promise<void> => {
    engine.close();
    await host.stop();
    await node.close(new AivmError('not_initialized', 'the test is over'));
    await store.close();
  };
  onTestFinished(stop);
  return { node, engine, stop, dataDir };
}

/** A chain of four blocks with a snapshot of the last, and what its engine would offer. */
async function startSource() {
  const source = await start(4);
  const { engine } = source;
  await engine.handshake(TEST_TIMESTAMP);
  for (let height = 1; height <= 4; height++) await engine.decide(height, at(height), [pay(height - 1)]);
  const list = async () => (await engine.snapshot.call('listSnapshots', {})).snapshots;
  await expect.poll(async () => (await list()).length, { timeout: 20_000 }).toBe(1);
  const [offered] = await list();
  if (offered === undefined) throw new Error('no snapshot');
  const { lastBlockAppHash: appHash } = await engine.info();
  const load = async (index: number) =>
    (await engine.snapshot.call('loadSnapshotChunk', { height: 4n, format: 1, chunk: index })).chunk;
  return { ...source, offered, appHash, load };
}

describe('state sync', () => {
  it('brings an application to a snapshot, from where it executes what its engine decides', async () => {
    const source = await startSource();
    const { offered, appHash } = source;
    expect(offered).toMatchObject({ height: 4n, format: 1, chunks: 2 });
    expect(offered.metadata.length).toBeLessThan(4_000_000);
    const joining = await start(0);
    const { snapshot } = joining.engine;
    expect((await joining.engine.info()).lastBlockHeight).toBe(0n);
    expect((await snapshot.call('offerSnapshot', { snapshot: offered, appHash })).result).toBe(ACCEPT);
    for (let index = 0; index < offered.chunks; index++) {
      const chunk = await source.load(index);
      expect((await snapshot.call('applySnapshotChunk', { index, chunk, sender: 'peer' })).result).toBe(
        ACCEPT,
      );
    }
    expect(await joining.engine.info()).toMatchObject({ lastBlockHeight: 4n, lastBlockAppHash: appHash });
    for (const { engine } of [source, joining]) {
      await engine.finalize(5, at(5), [pay(4)]);
      await engine.commit();
    }
    expect(joining.node.lastAccepted().id).toEqual(source.node.lastAccepted().id);
    // It gives the snapshot on, and is where it was after a restart.
    expect((await snapshot.call('listSnapshots', {})).snapshots).toEqual([offered]);
    await joining.stop();
    const again = await start(0, joining.dataDir);
    expect((await again.engine.info()).lastBlockHeight).toBe(5n);
    await again.engine.decide(6, at(6), [pay(5)]);
    expect(again.node.lastAccepted().header.height).toBe(6);
  });

  it('refuses offers that are not of the block that the light client verified', async () => {
    const { offered, appHash } = await startSource();
    const { engine, node } = await start(0);
    const offer = async (fields: object, hash: Uint8Array = appHash) =>
      (await engine.snapshot.call('offerSnapshot', { snapshot: { ...offered, ...fields }, appHash: hash }))
        .result;
    const REJECT = 3;
    expect(await offer({}, new Uint8Array(32))).toBe(REJECT);
    expect(await offer({ height: 3n })).toBe(REJECT);
    expect(await offer({ chunks: 3 })).toBe(REJECT);
    expect(await offer({ hash: new Uint8Array(32) })).toBe(REJECT);
    expect(await offer({ metadata: new Uint8Array(0) })).toBe(4);
    expect(await offer({ metadata: offered.metadata.slice(0, -1) })).toBe(REJECT);
    const changed = offered.metadata.slice();
    changed[changed.length - 40] = (changed[changed.length - 40] ?? 0) ^ 1;
    expect(await offer({ metadata: changed })).toBe(REJECT);
    expect(
      (await engine.snapshot.call('applySnapshotChunk', { index: 0, chunk: new Uint8Array(1) })).result,
    ).toBe(2);
    await engine.handshake(TEST_TIMESTAMP);
    await engine.decide(1, at(1), [pay(0)]);
    // A chain that has begun takes none.
    expect(await offer({})).toBe(2);
    expect(node.lastAccepted().header.height).toBe(1);
  });

  it('asks again for a chunk that is another one, names its sender, and goes on', async () => {
    const source = await startSource();
    const { offered, appHash } = source;
    const { engine, node } = await start(0);
    const { snapshot } = engine;
    await snapshot.call('offerSnapshot', { snapshot: offered, appHash });
    const wrong = await source.load(1);
    wrong[wrong.length - 1] = (wrong[wrong.length - 1] ?? 0) ^ 1;
    for (const chunk of [wrong, new Uint8Array(0), await source.load(0)]) {
      const answer = await snapshot.call('applySnapshotChunk', { index: 1, chunk, sender: 'liar' });
      expect(answer).toMatchObject({ result: 3, refetchChunks: [1], rejectSenders: ['liar'] });
    }
    expect(node.lastAccepted().header.height).toBe(0);
    // Begun anew: what came before the offer counts no more.
    await snapshot.call('applySnapshotChunk', { index: 0, chunk: await source.load(0), sender: 'peer' });
    await snapshot.call('offerSnapshot', { snapshot: offered, appHash });
    for (const index of [1, 0]) {
      const chunk = await source.load(index);
      expect((await snapshot.call('applySnapshotChunk', { index, chunk, sender: 'peer' })).result).toBe(
        ACCEPT,
      );
      expect(node.lastAccepted().header.height).toBe(index === 0 ? 4 : 0);
    }
    expect((await snapshot.call('loadSnapshotChunk', { height: 9n, format: 1, chunk: 0 })).chunk.length).toBe(
      0,
    );
  });
});
