import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import { ProviderStatus, readProvider } from '@aivm/core/state';
import {
  connect,
  developmentAccounts,
  type Eip1193Provider,
  encryptKeystore,
  openKeystore,
  TaskFailedError,
  type Wallet,
} from '@aivm/sdk';
import { type ComputeBackend, createInt8Backend, runProvider } from '@aivm/worker';
import { privateKeyToAccount } from 'viem/accounts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestChain, type TestChain, until } from '../packages/worker/test/support/test-chain.ts';

const ROW = Array.from({ length: 32 }, (_, i) => ((i * 37) % 256) - 128);
const weights = genesisModels().find(({ id }) => id === 'wdbc-int8')?.weights ?? new Uint8Array(0);
const answerTo = (row: readonly number[]): Uint8Array =>
  runInt8Kernel(
    weights,
    Uint8Array.from(row, (value) => value & 255),
  );
const ANSWER = [...Int8Array.from(answerTo(ROW))];

let chain: TestChain;
let url: string;
const stop = new AbortController();
const running: Promise<void>[] = [];
const account = (index: number): Wallet => developmentAccounts()[index] as Wallet;

function provide(id: string, index: number, backend: ComputeBackend): void {
  const sender = chain.senderOf(index);
  const identity = { id, wallet: sender.address, endpoint: '', gpus: [], models: ['wdbc-int8'], pollMs: 50 };
  running.push(runProvider(identity, { node: chain.workerNode, sender, backend }, stop.signal));
}

const honest = createInt8Backend({ nowMs: () => performance.now() });
/** Answers the first value 77 with the opposite of what is right. */
const MARK = 77;
const liar: ComputeBackend = {
  ...honest,
  run: async (job, options) => {
    const result = await honest.run(job, options);
    return job.input[0] === MARK ? { ...result, output: result.output.map((byte) => byte ^ 0x7f) } : result;
  },
};

beforeAll(async () => {
  chain = await createTestChain();
  url = (chain.node.http?.url ?? '').replace(/\/rpc$/, '');
  provide('honest', 1, honest);
  await until(() => readProvider(chain.node.api.state(), 'honest')?.status === ProviderStatus.active);
});
afterAll(async () => {
  stop.abort();
  await Promise.allSettled(running);
  await chain.close();
});

describe('connect', { timeout: 60_000 }, () => {
  it('runs a model, and gives an answer whose receipt was verified, with the reason to believe it', async () => {
    const aivm = connect(url, account(0), { witnesses: [url] });
    const seen: string[] = [];
    const answer = await aivm.run('wdbc-int8', ROW, { onChange: ({ why }) => void seen.push(why) });
    expect(answer).toMatchObject({ output: ANSWER, settlement: 'final', usable: true, verifiable: true });
    expect(answer.receipt).toMatchObject({ confirmedBy: 1, file: { receipt: { jobId: answer.id } } });
    expect(answer.why).toMatch(
      /^final since block \d+: its window is over, and no challenge proved it wrong/,
    );
    expect(answer.why).toContain('confirmed by 1 other node');
    expect(seen.length).toBeGreaterThan(1);
    expect(await aivm.provider('honest')).toMatchObject({ state: 'active' });
    expect((await aivm.models()).map(({ id }) => id)).toContain('wdbc-int8');
  });

  it('does not wait longer than it is asked to, and says that the answer can still fall', async () => {
    const answer = await connect(url, account(0)).run('wdbc-int8', ROW, { until: 'posted' });
    expect(answer).toMatchObject({ output: ANSWER, settlement: 'posted', usable: false, receipt: undefined });
    expect(answer.why).toMatch(
      /^posted, not final: answered by honest in block \d+; anybody may challenge it/,
    );
  });

  it('tells a task from its beginning to its end', async () => {
    const aivm = connect(url, account(0));
    const { id } = await aivm.submit('wdbc-int8', ROW);
    const changes = [];
    for await (const change of aivm.watchTask(id)) changes.push(change);
    expect(changes.map(({ task }) => task.settlement)).toContain('posted');
    expect(changes.at(-1)).toMatchObject({ task: { status: 'completed' } });
    expect(new Set(changes.map(({ why }) => why)).size).toBe(changes.length);
    expect(changes.at(-1)?.place?.height).toBe(changes.at(-1)?.task.ended_at_height);
  });

  it('signs with a viem account, a browser wallet and a key file', async () => {
    const wallet = account(3);
    const viem = privateKeyToAccount(`0x${Buffer.from(wallet.exportPrivateKey()).toString('hex')}`);
    const browser: Eip1193Provider = {
      request: async ({ method, params }) => {
        if (method === 'eth_requestAccounts') return [viem.address];
        const [, data] = params as [string, string];
        const typed = JSON.parse(data) as Parameters<typeof viem.signTypedData>[0];
        return viem.signTypedData(typed);
      },
    };
    const keystore = await encryptKeystore(wallet.exportPrivateKey(), 'a password', { n: 1_024 });
    for (const signer of [viem, browser, await openKeystore(keystore, 'a password')]) {
      const aivm = connect(url, signer);
      const answer = await aivm.run('wdbc-int8', ROW, { until: 'posted' });
      expect(answer.output).toEqual(ANSWER);
      expect(answer.task.requester).toEqual(wallet.addressBytes);
      expect(await aivm.balance()).toBeLessThan(10n ** 24n);
    }
  });

  it('sends operations whose other members have defaults', async () => {
    const aivm = connect(url, account(0));
    await aivm
      .send({
        kind: 'submitTask',
        id: 'short',
        model: 'wdbc-int8',
        input: answerTo(ROW).slice(0, 0),
        fee: 1n,
      })
      .then(
        () => expect.unreachable(),
        (error) => expect(error).toMatchObject({ code: 'fee_too_low' }),
      );
    const input = Uint8Array.from(ROW, (value) => value & 255);
    await aivm.send({ kind: 'submitTask', id: 'short', model: 'wdbc-int8', input, fee: 5_000_000n });
    expect(await aivm.client.getTask('short')).toMatchObject({ id: 'short', type: 'inference', mode: 0 });
    const before = await aivm.balance(account(9).address);
    await aivm.transfer(account(9).address, 7n);
    expect((await aivm.balance(account(9).address)) - before).toBe(7n);
  });
});

describe('connect refuses', { timeout: 60_000 }, () => {
  it('to sign without an account, and an input that the model does not take', async () => {
    await expect(connect(url).run('wdbc-int8', ROW)).rejects.toMatchObject({ code: 'unsigned' });
    const aivm = connect(url, account(0));
    await expect(aivm.run('wdbc-int8', [300])).rejects.toThrow(
      /input\[0\]: expected an integer −128…127, got 300/,
    );
    await expect(aivm.run('none', ROW)).rejects.toThrow(/model "none" is not registered/);
    expect(() => connect('nowhere')).toThrow(/expected an address such as/);
  });

  it('a task that ends without an answer, with the reason', async () => {
    const aivm = connect(url, account(0));
    const failed = aivm.run('qwen3-8b', { prompt: 'hi' }, { deadlineBlocks: 5 });
    await expect(failed).rejects.toBeInstanceOf(TaskFailedError);
    await expect(failed).rejects.toMatchObject({ code: 'not_servable' });
  });

  it('an output that the node changed on the way', async () => {
    const evil: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (!String(input).includes('/tasks?id=')) return response;
      const text = (await response.text()).replace(/"output_bytes":"[^"]*"/, '"output_bytes":"AQ=="');
      return new Response(text, response);
    };
    for (const milestone of ['posted', 'final'] as const) {
      const aivm = connect(url, account(0), { fetch: evil });
      await expect(aivm.run('wdbc-int8', ROW, { until: milestone })).rejects.toMatchObject({
        code: 'malformed',
      });
    }
  });
});

describe('a dispute', { timeout: 60_000 }, () => {
  it('convicts a provider that lied', async () => {
    provide('liar', 2, liar);
    await until(() => readProvider(chain.node.api.state(), 'liar')?.status === ProviderStatus.active);
    const aivm = connect(url, account(4));
    const row = [MARK, ...ROW.slice(1)];
    const right = [...Int8Array.from(answerTo(row))];
    for (;;) {
      const answer = await aivm.run('wdbc-int8', row, { until: 'posted' });
      if (answer.task.assigned_to !== 'liar') continue;
      expect(answer.output).not.toEqual(right);
      await aivm.dispute(answer.id, { output: right });
      break;
    }
    expect(await aivm.provider('liar')).toMatchObject({ state: 'slashed' });
  });
});
