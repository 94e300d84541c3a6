import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderStatus, readProvider } from '@aivm/core/state';
import { connect, developmentAccounts, type Wallet } from '@aivm/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createNetworkChain,
  lyingEngine,
  type NetworkChain,
} from '../../worker/test/network/network-chain.ts';
import { until } from '../../worker/test/support/test-chain.ts';
import { type ImportedModel, importModel } from '../src/index.ts';
import { writeSmallEncoder } from './small-encoder.ts';

const TEXT = 'The king said to the priest.';
const LIARS = [1, 2, 3] as const;

describe('a text for an imported encoder on a chain', { timeout: 180_000 }, () => {
  let folder: string;
  let model: ImportedModel;
  let chain: NetworkChain;
  let stop: AbortController;
  const running: Promise<void>[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aivm-encoder-'));
    await writeSmallEncoder(folder);
    model = await importModel(folder, { name: 'encoder', calibration: join(folder, 'sentences.json') });
    chain = await createNetworkChain('encoder', {
      network: { header: model.headerBytes, blob: model.blob },
    });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(running.splice(0));
    await chain.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('comes back as a vector; a wrong vector convicts its provider, and the next one answers right', async () => {
    const account = developmentAccounts()[7] as Wallet;
    const connection = connect(chain.node.http?.url ?? '', account);
    const watcher = chain.startWatcher({ account: 8 }, stop.signal);
    running.push(watcher.done);
    const provide = (id: string, index: number, networks = chain.networksOf()) => {
      const { done, events } = chain.startProvider({ id, account: index, networks }, stop.signal);
      // A convicted provider ends with the chain's word for it.
      running.push(done.catch((error: unknown) => expect(error).toMatchObject({ code: 'provider_slashed' })));
      return events;
    };
    const held = (lists: readonly (readonly { readonly kind: string }[])[]) =>
      until(() => lists.every((events) => events.some(({ kind }) => kind === 'holding')), 60_000);
    // One number of the vector, by one bit.
    const last = model.header.operators.length - 1;
    await held(
      LIARS.map((i) =>
        provide(`liar-${i}`, i, chain.networksOf(lyingEngine({ tensor: last, element: i, bit: 9 }))),
      ),
    );
    const wrong = await connection.run('encoder', TEXT, { until: 'posted', timeoutMs: 60_000 });
    await held([4, 5, 6].map((i) => provide(`honest-${i}`, i)));
    const liar = wrong.task.assigned_to as string;
    const isSlashed = () => readProvider(chain.node.api.state(), liar)?.status === ProviderStatus.slashed;
    await until(isSlashed, 120_000);
    expect(watcher.events.map(({ kind }) => kind)).toContain('challenged');
    const right = await connection.result(wrong.id, { until: 'final', timeoutMs: 150_000 });
    expect(right.task.assigned_to).toMatch(/^honest-/);
    const vector = right.output as readonly number[];
    const lie = wrong.output as readonly number[];
    expect(
      vector.map((value, i) => value ^ (lie[i] as number)).filter((change) => change !== 0),
    ).toHaveLength(1);
  });
});
