import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ProviderStatus, readProvider, readTask, Settlement } from '@aivm/core/state';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTransactions, until } from '../support/test-chain.ts';
import { createNetworkChain, lyingEngine, type NetworkChain } from './network-chain.ts';

const samples = readFileSync(
  fileURLToPath(new URL('../../../../models/digits/samples.csv', import.meta.url)),
  'utf8',
)
  .split('\n')
  .slice(1, 20)
  .map((line) => Uint8Array.from(line.split(',').slice(0, 64), (cell) => Number(cell) & 0xff));
const outputs = readFileSync(
  fileURLToPath(new URL('../../../../models/digits/samples.csv', import.meta.url)),
  'utf8',
)
  .split('\n')
  .slice(1, 20)
  .map((line) => Uint8Array.from(line.split(',').slice(65), (cell) => Number(cell) & 0xff));

describe('games about results of a network', { timeout: 120_000 }, () => {
  let chain: NetworkChain;
  let stop: AbortController;
  const running: Promise<void>[] = [];
  beforeEach(async () => {
    chain = await createNetworkChain('digits');
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(running.splice(0));
    await chain.close();
  });

  const provide = (id: string, account: number, networks = chain.networksOf()) => {
    const { done, events } = chain.startProvider({ id, account, networks }, stop.signal);
    running.push(done);
    return events;
  };
  const watch = (account: number, networks = chain.networksOf()) => {
    const { done, events } = chain.startWatcher({ account, networks }, stop.signal);
    running.push(done);
    return events;
  };
  const held = (...lists: readonly { kind: string }[][]) =>
    until(() => lists.every((events) => events.some(({ kind }) => kind === 'holding')));
  const submit = (id: string, sample: number) =>
    chain.submit([id], { model: 'digits', input: samples[sample]!, fee: 1_000_000_000n });
  const taskOf = (id: string) => readTask(chain.node.api.state(), id);
  const stateOf = (id: string) => readProvider(chain.node.api.state(), id)?.status;

  it('honest answers are final and right', async () => {
    const events = watch(8);
    await held(...[1, 2, 3].map((i) => provide(`p${i}`, i)));
    await Promise.all([0, 1, 2].map((i) => submit(`t${i}`, i)));
    await until(() => [0, 1, 2].every((i) => taskOf(`t${i}`)?.settlement === Settlement.final), 60_000);
    const { createClient } = await import('@aivm/sdk');
    const client = createClient({ url: chain.node.http!.url });
    for (const i of [0, 1, 2]) expect((await client.getTask(`t${i}`)).output_bytes).toEqual(outputs[i]);
    expect(events.filter(({ kind }) => kind === 'mismatch')).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'confirmed')).toHaveLength(3);
  });

  it('a liar is convicted by one element, whatever it changed', async () => {
    // The last element of the second layer, by a bit that the output shows.
    const events = watch(8);
    const liars = [1, 2, 3].map((i) =>
      provide(`liar${i}`, i, chain.networksOf(lyingEngine({ tensor: 2, element: i, bit: 6 }))),
    );
    await held(...liars);
    await submit('t', 0);
    await until(() => [1, 2, 3].some((i) => stateOf(`liar${i}`) === ProviderStatus.slashed), 60_000);
    expect(events.map(({ kind }) => kind)).toContain('challenged');
    const moves = readTransactions(chain.node).filter(
      ({ kind, code }) => kind === 'disputeMove' && code === '',
    );
    // A commitment and a witness: the whole trace is shown by the commitment.
    expect(moves.length).toBeGreaterThanOrEqual(2);
  });

  it('an honest provider that a liar challenges wins', async () => {
    const honest = [1, 2, 3].map((i) => provide(`p${i}`, i));
    await held(...honest);
    const events = watch(9, chain.networksOf(lyingEngine({ tensor: 2, element: 3, bit: 6 })));
    await submit('t', 0);
    await until(() => taskOf('t')?.settlement === Settlement.final, 90_000);
    expect(events.map(({ kind }) => kind)).toContain('challenged');
    for (const i of [1, 2, 3]) expect(stateOf(`p${i}`)).toBe(ProviderStatus.active);
    const { createClient } = await import('@aivm/sdk');
    const { disputes } = await createClient({ url: chain.node.http!.url }).listDisputes();
    expect(disputes).toMatchObject([{ verdict: 'rejected' }]);
  });
});
