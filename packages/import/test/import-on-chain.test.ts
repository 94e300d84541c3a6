import { ProviderStatus, readProvider, readTask, Settlement } from '@aivm/core/state';
import { createClient } from '@aivm/sdk';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createNetworkChain,
  lyingEngine,
  type NetworkChain,
} from '../../worker/test/network/network-chain.ts';
import { readTransactions, until } from '../../worker/test/support/test-chain.ts';
import { readSamples, type Sample } from '../src/files/samples.ts';
import type { ImportedModel } from '../src/index.ts';
import { taskInput } from '../src/report/measure.ts';
import { importTestModel, modelPath } from './test-models.ts';

const placeOfLargest = (values: ArrayLike<number>): number =>
  Array.from(values).indexOf(Math.max(...Array.from(values)));

describe('an imported model on a chain', { timeout: 180_000 }, () => {
  let chain: NetworkChain;
  let model: ImportedModel;
  let sample: Sample;
  let stop: AbortController;
  const running: Promise<void>[] = [];
  beforeEach(async () => {
    model = await importTestModel('mlp.onnx', 'mlp.json');
    [sample] = (await readSamples(modelPath('mlp.json'))) as [Sample];
    chain = await createNetworkChain('mlp', { network: { header: model.headerBytes, blob: model.blob } });
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(running.splice(0));
    await chain.close();
  });

  const submit = () =>
    chain.submit(['t'], {
      model: 'mlp',
      input: taskInput(sample.values, model.report.input!),
      fee: 1_000_000_000n,
    });
  const provide = (id: string, account: number, networks = chain.networksOf()) => {
    const { done, events } = chain.startProvider({ id, account, networks }, stop.signal);
    running.push(done);
    return events;
  };
  const held = (...lists: readonly { kind: string }[][]) =>
    until(() => lists.every((events) => events.some(({ kind }) => kind === 'holding')), 60_000);

  it('answers a task as the float model does', async () => {
    await held(...[1, 2, 3].map((i) => provide(`p${i}`, i)));
    await submit();
    await until(() => readTask(chain.node.api.state(), 't')?.settlement === Settlement.final, 120_000);
    const task = await createClient({ url: chain.node.http!.url }).getTask('t');
    const scores = new Int16Array(Uint8Array.from(task.output_bytes!).buffer);
    expect(placeOfLargest(scores)).toBe(placeOfLargest(sample.expected!));
  });

  it('convicts a wrong answer by one element', async () => {
    const { done, events } = chain.startWatcher({ account: 8 }, stop.signal);
    running.push(done);
    const last = model.header.operators.length - 1;
    const liars = [1, 2, 3].map((i) =>
      provide(`liar${i}`, i, chain.networksOf(lyingEngine({ tensor: last, element: i, bit: 12 }))),
    );
    await held(...liars);
    await submit();
    const isSlashed = (i: number) =>
      readProvider(chain.node.api.state(), `liar${i}`)?.status === ProviderStatus.slashed;
    await until(() => [1, 2, 3].some(isSlashed), 120_000);
    expect(events.map(({ kind }) => kind)).toContain('challenged');
    const moves = readTransactions(chain.node).filter(
      ({ kind, code }) => kind === 'disputeMove' && code === '',
    );
    expect(moves.length).toBeGreaterThanOrEqual(2);
  });
});
