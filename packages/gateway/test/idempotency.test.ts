import { CheckClass } from '@aivm/core/state';
import { connect, developmentAccounts, type Wallet } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestChain, type TestChain, until } from '../../worker/test/support/test-chain.ts';
import {
  createApiSecret,
  type Gateway,
  hashApiSecret,
  type LedgerEntry,
  type LedgerStore,
  type ServeGatewayOptions,
  serveGateway,
} from '../src/index.ts';

/** More than two tasks of a few bytes cost at most, or one by a panel; less than three do. */
const LIMIT = 60_000_000n;
/** Larger than the chain takes: nothing is sent. */
const TOO_LARGE = 'x'.repeat(300_000);

const account = (index: number): Wallet => developmentAccounts()[index] as Wallet;
let chain: TestChain;
let url = '';
const gateways: Gateway[] = [];

beforeAll(async () => {
  chain = await createTestChain({ params: { seatFee: 5_000_000 } });
  url = chain.node.http?.url ?? '';
  await connect(url, account(0)).send({
    kind: 'registerModel',
    id: 'loud',
    name: 'Loud',
    capabilities: ['chat', 'constructor'],
    checkClass: CheckClass.opaque,
    deterministic: false,
    weightHash: new Uint8Array(32).fill(1),
  });
}, 60_000);
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.close()));
  await chain?.close();
});

/** A gateway with one key, whose tasks nobody answers. */
async function start(
  limits = {},
  { secret = createApiSecret(), ...options }: Partial<ServeGatewayOptions> & { secret?: string } = {},
) {
  const gateway = await serveGateway({
    node: url,
    accounts: new Map([['payer', account(7)]]),
    keys: [{ name: 'k', hash: hashApiSecret(secret), account: 'payer', limits }],
    port: 0,
    timeoutMs: 1_000,
    ...options,
  });
  gateways.push(gateway);
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  return {
    secret,
    close: gateway.close,
    ask: async (content: string, name: string, more = {}) => {
      const body = JSON.stringify({ ...more, model: 'loud', messages: [{ role: 'user', content }] });
      const response = await fetch(`${gateway.url}/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': name },
        body,
      });
      const { error } = (await response.json()) as { error?: { code: string } };
      return `${response.status} ${error?.code}`;
    },
    get: async (path: string) => (await (await fetch(`${gateway.url}${path}`, { headers })).json()) as never,
  };
}

interface Usage {
  readonly spent_total: string;
  readonly task_count: number;
  readonly tasks: readonly { readonly id: string; readonly state: string; readonly cost: string }[];
}

const open = async (): Promise<bigint> => (await connect(url).client.getStats()).tasks_open;

describe('a request under a name', { timeout: 60_000 }, () => {
  it('that was not sent is no way around a limit', async () => {
    const { ask } = await start({ total: LIMIT });
    // The model's answers cannot be compared: the chain refuses it.
    const panel = { aivm: { mode: 'redundant', n: 3 } };
    for (const name of ['a', 'b', 'c']) expect(await ask('x', name, panel)).toBe('400 not_verifiable');
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => ask('x', name)));
    expect(answers.filter((answer) => answer === '429 insufficient_quota')).toHaveLength(1);
  });

  it('that was paid for stays paid for, whatever comes under its name later', async () => {
    const { ask, get } = await start({ total: LIMIT });
    expect(await ask('x', 'a')).toMatch(/timeout|model_not_served/);
    const before = ((await get('/usage')) as Usage).spent_total;
    expect(before).not.toBe('0 AI');
    expect(await ask(TOO_LARGE, 'a')).toBe('409 idempotency_key_reused');
    expect(((await get('/usage')) as Usage).spent_total).toBe(before);
  });

  it('is one task when it is sent many times at once', async () => {
    await until(async () => (await open()) === 0n);
    const { ask, get } = await start();
    const before = await open();
    const all = await Promise.all(Array.from({ length: 8 }, () => ask('z', 'same')));
    expect(new Set(all.map((one) => one.slice(0, 2)))).toEqual(new Set(['50']));
    expect((await open()) - before).toBeLessThanOrEqual(1n);
    expect((await get('/usage')) as Usage).toMatchObject({ task_count: 1 });
  });
});

describe('a task that nobody answers', { timeout: 60_000 }, () => {
  it('is settled although its client has given up, and by the next process too', async () => {
    const entries: LedgerEntry[] = [];
    const ledger: LedgerStore = {
      load: async () => [...entries],
      append: async (entry) => void entries.push(entry),
    };
    // The deadline is 800 ms of the shortest blocks, which are not always that short.
    const first = await start({}, { ledger, timeoutMs: 1_000 });
    const asked = first.ask('slow', 'a');
    await until(() => entries.length === 1);
    const [reserved] = entries;
    await until(async () => (await open()) > 0n);
    await first.close();
    await asked;
    await start({}, { ledger, secret: first.secret });
    await until(() => entries.at(-1)?.state === 'spent');
    const cost = entries.at(-1)?.cost ?? 0n;
    expect(cost).toBeGreaterThan(0n);
    expect(cost).toBeLessThan(reserved?.cost ?? 0n);
  });
});

describe('a model', () => {
  it('has the endpoints that its owner names, whatever else is among them', async () => {
    const { get } = await start();
    const { data } = (await get('/models')) as {
      data: readonly { id: string; aivm: { endpoints: unknown } }[];
    };
    expect(data.find(({ id }) => id === 'loud')?.aivm.endpoints).toEqual(['chat']);
  });
});
