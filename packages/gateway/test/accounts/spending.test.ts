import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiKey, ApiKeys, createApiSecret, hashApiSecret } from '../../src/accounts/api-keys.ts';
import { createLedgerFile } from '../../src/accounts/ledger-file.ts';
import { createMemoryLedger, Spending } from '../../src/accounts/spending.ts';

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
