import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiKey, ApiKeys, createApiSecret, hashApiSecret } from '../../src/accounts/api-keys.ts';
import { createLedgerFile } from '../../src/accounts/ledger-file.ts';
import { createMemoryLedger, type LedgerEntry, Spending } from '../../src/accounts/spending.ts';

const DAY_MS = 86_400_000;
const keyOf = (limits: ApiKey['limits'], name = 'k'): ApiKey => ({
  name,
  hash: hashApiSecret(name),
  account: 'a',
  limits,
});
const quota = { fields: { status: 429, code: 'insufficient_quota', isRepeatable: false } };

describe('spending', () => {
  it('is refused beyond each limit, with the limit, what is used and what it costs', async () => {
    let nowMs = 10 * DAY_MS;
    const spending = new Spending({ store: createMemoryLedger(), nowMs: () => nowMs });
    const key = keyOf({ perRequest: 50n, perDay: 100n, total: 130n });
    const reserve = (taskId: string, cost: bigint) => spending.reserve(key, { taskId, model: 'm', cost });
    await expect(reserve('t0', 51n)).rejects.toMatchObject(quota);
    await reserve('t1', 50n);
    await reserve('t2', 50n);
    await expect(reserve('t3', 1n)).rejects.toThrow(/in a day, .* of it used; this request costs up to/);
    // What an answer did not use is free again.
    await spending.settle(key, 't2', 20n);
    await reserve('t3', 30n);
    expect(spending.spentBy(key)).toEqual({ today: 100n, total: 100n, tasks: 3 });
    nowMs += DAY_MS;
    expect(spending.spentBy(key)).toEqual({ today: 0n, total: 100n, tasks: 3 });
    await expect(reserve('t4', 31n)).rejects.toThrow(/in its life/);
    await reserve('t4', 30n);
    expect(spending.entriesOf(key)[0]).toMatchObject({ taskId: 't4', state: 'reserved' });
  });

  it('of yesterday that is settled today does not count for today', async () => {
    let nowMs = DAY_MS;
    const spending = new Spending({ store: createMemoryLedger(), nowMs: () => nowMs });
    const key = keyOf({});
    await spending.reserve(key, { taskId: 't1', model: 'm', cost: 50n });
    nowMs += DAY_MS;
    await spending.reserve(key, { taskId: 't2', model: 'm', cost: 5n });
    await spending.settle(key, 't1', 10n);
    expect(spending.spentBy(key)).toEqual({ today: 5n, total: 15n, tasks: 2 });
  });
});

describe('a task that was not sent', () => {
  it('counts for the day on which it is sent after all, and costs nothing where it could not be written', async () => {
    let nowMs = DAY_MS;
    let isFull = false;
    const append = async (): Promise<void> => {
      if (isFull) throw new Error('the disk is full');
    };
    const spending = new Spending({ store: { load: async () => [], append }, nowMs: () => nowMs });
    const key = keyOf({ perDay: 100n });
    const reserve = (cost: bigint) => spending.reserve(key, { taskId: 't1', model: 'm', cost });
    await (await reserve(90n))();
    expect(spending.spentBy(key)).toEqual({ today: 0n, total: 0n, tasks: 1 });
    nowMs += DAY_MS;
    isFull = true;
    await expect(reserve(90n)).rejects.toThrow('the disk is full');
    isFull = false;
    await reserve(60n);
    expect(spending.spentBy(key)).toEqual({ today: 60n, total: 60n, tasks: 1 });
    await expect(reserve(101n)).rejects.toMatchObject(quota);
  });
});

describe('thousands of tasks', () => {
  it('are counted once each, however late the first of them is settled', async () => {
    const entries: LedgerEntry[] = [];
    const store = {
      load: async () => entries,
      append: async (entry: LedgerEntry) => void entries.push(entry),
    };
    const key = keyOf({});
    const spending = new Spending({ store, nowMs: () => DAY_MS });
    await spending.reserve(key, { taskId: 'late', model: 'm', cost: 5n });
    for (let i = 0; i < 1_500; i++) {
      await spending.reserve(key, { taskId: `t${i}`, model: 'm', cost: 2n });
      await spending.settle(key, `t${i}`, 1n);
    }
    await spending.settle(key, 'late', 3n);
    const again = new Spending({ store, nowMs: () => DAY_MS });
    await again.load();
    for (const one of [spending, again])
      expect(one.spentBy(key)).toEqual({ today: 1_503n, total: 1_503n, tasks: 1_501 });
  });
});

describe('a ledger in a file', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-ledger-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('remembers after a restart, and leaves out a line that a crash cut off', async () => {
    const path = join(directory, 'ledger');
    const key = keyOf({ total: 100n });
    const first = createLedgerFile(path);
    const before = new Spending({ store: first, nowMs: () => DAY_MS });
    await before.reserve(key, { taskId: 't1', model: 'm', cost: 70n });
    await before.settle(key, 't1', 60n);
    await first.close();
    await appendFile(path, '{"key":"k","taskId":"t2","mod');
    for (let restart = 0; restart < 2; restart++) {
      const store = createLedgerFile(path);
      const after = new Spending({ store, nowMs: () => DAY_MS });
      await after.load();
      expect(after.spentBy(key)).toEqual({ today: 60n, total: 60n, tasks: 1 });
      await expect(after.reserve(key, { taskId: 't3', model: 'm', cost: 41n })).rejects.toMatchObject(quota);
    }
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3);
  });

  it('is kept by one process', async () => {
    const path = join(directory, 'shared');
    const stores = [createLedgerFile(path), createLedgerFile(path)];
    const [first, second] = stores.map((store) => new Spending({ store, nowMs: () => DAY_MS }));
    await first?.load();
    await second?.load();
    await first?.reserve(keyOf({}), { taskId: 't1', model: 'm', cost: 1n });
    const refused = second?.reserve(keyOf({}), { taskId: 't2', model: 'm', cost: 1n });
    await expect(refused).rejects.toMatchObject({ code: 'data_dir_locked' });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('that is damaged is refused by its line', async () => {
    const path = join(directory, 'damaged');
    await appendFile(path, '{"key":"k"}\n');
    await expect(createLedgerFile(path).load()).rejects.toThrow(`${path}:1: no entry of a ledger`);
  });
});

describe('API keys', () => {
  it('are known by their hash, and two of one name are refused', () => {
    const secret = createApiSecret();
    const key = { ...keyOf({}), hash: hashApiSecret(secret) };
    const keys = new ApiKeys([key]);
    expect(keys.require(`Bearer ${secret}`)).toBe(key);
    for (const header of [undefined, secret, `Basic ${secret}`, 'Bearer sk-aivm-x'])
      expect(() => keys.require(header)).toThrow(
        expect.objectContaining({ fields: expect.objectContaining({ status: 401 }) }),
      );
    expect(() => new ApiKeys([key, { ...key, hash: hashApiSecret('x') }])).toThrow(/the name is there twice/);
  });
});
