import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesToHex, hexToBytes, serialize, u64 } from '@aivm/core/bytes';
import { readAccount } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { openChain } from '../../src/chain/open-chain.ts';
import { databaseDirectory, openNode } from '../../src/local/open-node.ts';
import { ClassicLevelStore } from '../../src/store/classic-level-store.ts';
import { storeKeys } from '../../src/store/columns.ts';
import type { StoreOperation } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDataDirectory } from '../../src/verify/verify-data-directory.ts';
import { dumpStore } from '../support/faulty-store.ts';
import { acceptBlock, runTaskChain } from '../support/task-chain.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { people, type TestAccount, testGenesis, transfer } from '../support/test-genesis.ts';

const crowd = people(3);
const [alice, bob] = crowd as [TestAccount, TestAccount];
const genesis = testGenesis(crowd);

describe('a data directory', () => {
  it('keeps head, ledger and indexes over a restart, and verifies', async () => {
    const dataDir = join(temporaryDirectory(), 'not', 'there', 'yet');
    const directory = databaseDirectory(dataDir);
    const first = await ClassicLevelStore.open(directory);
    const chain = await openChain({ store: first, genesis, location: dataDir });
    await runTaskChain(chain, crowd);
    const before = { head: chain.head, header: chain.header, dump: await dumpStore(first) };
    await first.close();

    const store = await ClassicLevelStore.open(directory);
    const reopened = await openChain({ store, genesis, location: dataDir });
    expect({ head: reopened.head, header: reopened.header, dump: await dumpStore(store) }).toEqual(before);
    expect(readAccount(reopened.state, alice.address).nonce).toBe(2n);
    await acceptBlock(reopened, [alice.sign(transfer(bob.address), 2n)]);
    await store.close();
    const report = await verifyDataDirectory({ dataDir, genesis });
    expect(report).toMatchObject({ height: before.head.height + 1, supply: { balanced: true } });
  });

  it('is one node at a time', async () => {
    const dataDir = temporaryDirectory();
    const opened = await openNode({ dataDir, genesis });
    await expect(openNode({ dataDir, genesis })).rejects.toMatchObject({
      code: 'data_dir_locked',
      detail: expect.stringContaining(dataDir),
    });
    await expect(verifyDataDirectory({ dataDir, genesis })).rejects.toMatchObject({
      code: 'data_dir_locked',
    });
    await opened.store.close();
    await (await openNode({ dataDir, genesis })).store.close();
  });

  it('belongs to one genesis, and is free again after a refusal', async () => {
    const dataDir = temporaryDirectory();
    await (await openNode({ dataDir, genesis })).store.close();
    for (const change of [{ chainId: 8 }, { message: 'other' }, { timestamp: 1 }, { params: {} }]) {
      await expect(openNode({ dataDir, genesis: testGenesis(people(3), change) })).rejects.toMatchObject({
        code: 'data_dir_foreign',
        exitCode: 6,
        detail: expect.stringContaining(dataDir),
      });
    }
    await (await openNode({ dataDir, genesis })).store.close();
  });

  it('with a damaged file is named, never repaired or emptied', async () => {
    const dataDir = temporaryDirectory();
    await (await openNode({ dataDir, genesis })).store.close();
    const directory = databaseDirectory(dataDir);
    const files = readdirSync(directory).filter((name) => name.startsWith('MANIFEST'));
    for (const name of files) writeFileSync(join(directory, name), 'garbage');
    await expect(openNode({ dataDir, genesis })).rejects.toMatchObject({
      code: 'data_dir_corrupt',
      detail: expect.stringContaining(dataDir),
    });
    await expect(verifyDataDirectory({ dataDir: join(dataDir, 'none'), genesis })).rejects.toMatchObject({
      code: 'data_dir_corrupt',
    });
  });

  it('whose log lost its end opens at an earlier whole block', async () => {
    const dataDir = temporaryDirectory();
    const directory = databaseDirectory(dataDir);
    const store = await ClassicLevelStore.open(directory);
    const chain = await openChain({ store, genesis, location: dataDir });
    for (let i = 0n; i < 3n; i++) await acceptBlock(chain, [alice.sign(transfer(bob.address), i)]);
    await store.close();
    const log = readdirSync(directory).find((name) => name.endsWith('.log'));
    if (log === undefined) throw new Error('no log file');
    const path = join(directory, log);
    expect(statSync(path).size).toBeGreaterThan(100);
    writeFileSync(path, readFileSync(path).subarray(0, -100));
    const reopened = await openNode({ dataDir, genesis });
    expect(reopened.node.lastAccepted().header.height).toBe(2);
    await reopened.store.close();
    expect(await verifyDataDirectory({ dataDir, genesis })).toMatchObject({ height: 2 });
  });
});

describe('openChain', () => {
  const harm = async (...operations: StoreOperation[]): Promise<unknown> => {
    const store = new MemoryStore();
    const chain = await openChain({ store, genesis, location: 'here' });
    await acceptBlock(chain, [alice.sign(transfer(bob.address), 0n)]);
    await store.batch(operations);
    return openChain({ store, genesis, location: 'here' }).catch((error: unknown) => error);
  };
  const put = (key: Uint8Array, hex: string): StoreOperation => ({
    type: 'put',
    key,
    value: hexToBytes(hex),
  });

  it.each<[string, string, () => StoreOperation]>([
    ['data_dir_corrupt', 'no head', () => ({ type: 'del', key: storeKeys.head })],
    ['data_dir_corrupt', 'a short head', () => put(storeKeys.head, '00')],
    ['data_dir_corrupt', 'no height entry', () => ({ type: 'del', key: storeKeys.height(1) })],
    ['data_dir_corrupt', 'no chain record', () => ({ type: 'del', key: storeKeys.state(hexToBytes('63')) })],
    ['data_dir_corrupt', 'another chain record', () => put(storeKeys.state(hexToBytes('63')), '00')],
    ['data_dir_foreign', 'another format', () => put(storeKeys.format, '0100000000000000')],
    ['data_dir_foreign', 'no format', () => ({ type: 'del', key: storeKeys.format })],
    ['data_dir_foreign', 'another chain', () => put(storeKeys.chain, bytesToHex(serialize(u64, 8n)))],
    ['data_dir_foreign', 'another genesis', () => put(storeKeys.genesis, '00'.repeat(32))],
  ])('answers %s for %s', async (code, _, operation) => {
    expect(await harm(operation())).toMatchObject({ code, detail: expect.stringContaining('here') });
  });

  it('opens what is whole', async () => {
    expect(await harm()).toHaveProperty('head.height', 1);
  });
});
