import { developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../support/place-of.ts';
import { type Fixture, startFixture } from './fixture.ts';
import { registerBody } from './scenario.ts';

const [, requester, operator] = developmentAccounts();

/** Signs and sends tasks of one account, and waits until they are in blocks. */
async function submitTasks({ client, node }: Fixture, inputs: readonly Uint8Array[]): Promise<void> {
  const { next_nonce: first } = await client.getAccount(requester!.addressBytes);
  const signed = inputs.map((input, i) =>
    requester!.sign({
      ...placeOf(node, first + BigInt(i)),
      operation: {
        kind: 'submitTask',
        id: `t-${first + BigInt(i)}`,
        taskType: 'inference',
        model: 'qwen3-8b',
        input,
        fee: 10_000_000n,
        maxAdmission: 0n,
        mode: 0,
        n: 0,
        maxNew: 0,
        deadlineBlocks: 0n,
      },
    }),
  );
  for (const entry of await client.submitTransactions(signed, { wait: 'accepted' })) {
    expect(entry).toMatchObject({ code: '' });
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function allTasks({ client }: Fixture, limit: number): Promise<{ ids: string[]; pages: number[] }> {
  const ids: string[] = [];
  const pages: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTasks({ limit, ...(cursor === undefined ? {} : { cursor }) });
    ids.push(...page.tasks.map(({ id }) => id));
    pages.push(page.tasks.length);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
  return { ids, pages };
}

describe('a list of tasks', () => {
  it('ends a page early where its tasks are large, and leaves none out', async () => {
    const fixture = await startFixture();
    const large = utf8(`[${Array(32_760).fill('1').join()}]`);
    for (let i = 0; i < 5; i++) await submitTasks(fixture, Array<Uint8Array>(5).fill(large));
    await submitTasks(fixture, Array<Uint8Array>(30).fill(utf8('1')));
    const { ids, pages } = await allTasks(fixture, 100);
    expect(new Set(ids).size).toBe(55);
    expect(ids).toHaveLength(55);
    // 30 small ones and a few large ones; then a few large ones each.
    expect(pages.length).toBeGreaterThan(2);
    expect(Math.max(...pages.slice(1))).toBeLessThan(12);
    expect((await allTasks(fixture, 7)).ids).toEqual(ids);
    const text = await (await fetch(`${fixture.server.url}/tasks?limit=100`)).text();
    expect(text.length).toBeLessThan(4_000_000);
  });

  it('shows every valid payload, however odd', async () => {
    const fixture = await startFixture();
    const odd = [
      '[[['.repeat(6_000) + ']]]'.repeat(6_000),
      `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`,
      '9007199254740993',
      '1e20',
      '-0',
      '9'.repeat(60_000),
      '"\\ud800"',
      '{"a":1,"a":2}',
      '{"__proto__":1,"toJSON":2}',
      '1e999',
      '"\\u0000\\u001b[31m\\u202e"',
      ' [ 1 , 2 ] ',
      '\u0000\u0001',
      '',
      'NaN',
    ];
    for (const text of odd) await submitTasks(fixture, [utf8(text)]).catch(() => undefined);
    await submitTasks(fixture, [Uint8Array.of(0xff, 0xfe, 0x00)]).catch(() => undefined);
    const { ids } = await allTasks(fixture, 100);
    expect(ids.length).toBeGreaterThan(8);
    for (const id of ids) expect((await fetch(`${fixture.server.url}/tasks?id=${id}`)).status).toBe(200);
    const height = fixture.node.lastAccepted().header.height;
    for (let at = 0; at <= height; at++) {
      expect((await fetch(`${fixture.server.url}/blocks/${at}`)).status).toBe(200);
    }
    expect(fixture.log.errors).toEqual([]);
  });
});

describe('a list of providers', () => {
  it('comes in pages, and whole through the client', async () => {
    const fixture = await startFixture({ genesis: { config: { maxTasksPerProvider: 10 } } });
    for (let i = 0; i < 9; i++)
      await fixture.client.call('registerProvider', { body: registerBody(`p-${i}`) });
    const read = async (query: string) =>
      (await (await fetch(`${fixture.server.url}/providers${query}`)).json()) as {
        providers: { id: string }[];
        count: number;
        next_cursor?: string;
      };
    const first = await read('?limit=4');
    expect(first).toMatchObject({ count: 9, next_cursor: '4' });
    const second = await read('?limit=5&cursor=4');
    expect([...first.providers, ...second.providers].map(({ id }) => id)).toEqual(
      Array.from({ length: 9 }, (_, i) => `p-${i}`),
    );
    expect(second.next_cursor).toBeUndefined();
    expect((await read('?cursor=500')).providers).toEqual([]);
    expect(await fixture.client.getProviders()).toHaveLength(9);
    expect((await fetch(`${fixture.server.url}/providers?cursor=x`)).status).toBe(400);
    const models = await (await fetch(`${fixture.server.url}/models?limit=3`)).json();
    expect(models).toMatchObject({ count: 4, next_cursor: '3' });
    expect(await fixture.client.getModels()).toHaveLength(4);
  });

  it('shows a provider whose numbers are none', async () => {
    const fixture = await startFixture();
    const gpu = (number: string) => ({
      model: '\u0000\u001b[31m',
      memoryGb: 0xffff_ffff,
      tflops: number,
      available: true,
      temperature: number,
      utilization: number,
    });
    const operation = {
      kind: 'registerProvider',
      id: 'odd',
      walletAddress: operator!.addressBytes,
      endpoint: '\u0000\u001b[2J',
      gpus: ['82.6', '1e999', '-1e999', 'NaN', 'fast', ''].map(gpu),
      models: [],
      bond: fixture.node.config.minProviderBond,
    } as const;
    await fixture.client
      .submitTransaction(operator!.sign({ ...placeOf(fixture.node, 0n), operation }), { wait: 'accepted' })
      .catch(() => undefined);
    await fixture.client.call('registerProvider', { body: registerBody('even') });
    const providers = await fixture.client.getProviders();
    expect(providers.map(({ id }) => id)).toContain('even');
    expect(fixture.log.errors).toEqual([]);
  });

  it('leaves out a record that cannot be shown, and says so in the log', async () => {
    const fixture = await startFixture();
    for (const id of ['p-0', 'p-1', 'p-2']) {
      await fixture.client.call('registerProvider', { body: registerBody(id) });
    }
    const { node } = fixture;
    const state = node.state();
    const broken = new Error('one record is damaged');
    node.state = () =>
      new Proxy(state, {
        get: (target, name: keyof typeof state) => {
          if (name !== 'get') return target[name];
          return (key: Uint8Array) => {
            if (Buffer.from(key).toString('latin1').endsWith('p-1')) throw broken;
            return target.get(key);
          };
        },
      });
    const answer = await fetch(`${fixture.server.url}/providers`);
    expect(answer.status).toBe(200);
    const { providers, count } = (await answer.json()) as { providers: { id: string }[]; count: number };
    expect([providers.map(({ id }) => id), count]).toEqual([['p-0', 'p-2'], 3]);
    expect(fixture.log.errors).toEqual([expect.objectContaining({ message: 'one record is damaged' })]);
  });
});

describe('an array of transactions', () => {
  const transferOn = ({ node }: Fixture, nonce: number, amount = 1n): string => {
    const operation = { kind: 'transfer', to: operator!.addressBytes, amount } as const;
    const { bytes } = requester!.sign({ ...placeOf(node, BigInt(nonce)), operation });
    return `0x${Buffer.from(bytes).toString('hex')}`;
  };
  const post = async ({ server }: Fixture, list: readonly string[]) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/tx`, { method: 'POST', headers, body: JSON.stringify(list) });
    return (await answer.json()) as { code?: string; detail?: string; state?: string }[];
  };

  it('may be in any order', async () => {
    const fixture = await startFixture();
    fixture.node.isAutomatic = false;
    const nonces = Array.from({ length: 200 }, (_, i) => (i * 67) % 200);
    const entries = await post(fixture, ['0x00', ...nonces.map((nonce) => transferOn(fixture, nonce))]);
    expect(entries[0]).toMatchObject({ code: 'malformed' });
    expect(entries.slice(1).filter(({ state }) => state !== 'pending')).toEqual([]);
  });

  it('names the entry that made a gap', async () => {
    const fixture = await startFixture();
    fixture.node.isAutomatic = false;
    const list = Array.from({ length: 40 }, (_, i) => transferOn(fixture, i, i === 5 ? 10n ** 30n : 1n));
    const entries = await post(fixture, list);
    expect(entries[5]).toMatchObject({ code: 'insufficient_balance' });
    const gaps = entries.filter(({ code }) => code === 'nonce_gap');
    expect(gaps.length).toBeGreaterThan(10);
    for (const { detail } of gaps) {
      expect(detail).toContain('entry 5 of this request, nonce 5, was refused: insufficient_balance');
    }
  });
});
