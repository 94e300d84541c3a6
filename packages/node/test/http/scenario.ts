import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import { readTask } from '@aivm/core/state';
import type { Client } from '@aivm/sdk';
import { type Fixture, type FixtureOptions, startFixture } from './fixture.ts';

/** A chain on which results become final quickly, with an anchor in every fourth block. */
export const QUICK_GENESIS = {
  config: { challengeWindowBlocks: 5, epochDuration: '1m', merkleAnchorFreq: 4 },
} as const;

export const FEE = 10_000_000n;
export const ROW: readonly number[] = Array.from({ length: 32 }, (_, i) => ((i * 37) % 256) - 128);

/** What kernel 5 answers to {@link ROW}. */
export function answerOfRow(): number[] {
  const model = genesisModels().find(({ id }) => id === 'wdbc-int8');
  if (model === undefined) throw new Error('no such genesis model');
  return [
    ...Int8Array.from(
      runInt8Kernel(
        model.weights,
        Uint8Array.from(ROW, (value) => value & 255),
      ),
    ),
  ];
}

export const taskBody = (id: string, fields: Record<string, unknown> = {}) => ({
  id,
  type: 'inference',
  model: 'wdbc-int8',
  input: ROW as unknown,
  fee: FEE,
  mode: 0,
  deadline_blocks: 0n,
  ...fields,
});

export const registerBody = (id: string) => ({
  id,
  wallet_address: '',
  endpoint: 'http://127.0.0.1:9000',
  gpus: [
    { model: 'H100', memory_gb: 80, tflops: '989.5', available: true, temperature: '41.5', utilization: '3' },
  ],
});

export const resultBody = (taskId: string, fields: Record<string, unknown> = {}) => ({
  task_id: taskId,
  provider_id: 'p-1',
  output: answerOfRow() as unknown,
  compute_time_ms: 12n,
  proof: Uint8Array.of(1, 2, 3),
  error: '',
  ...fields,
});

/** Registers provider p-1, and brings task t-1 to a receipt; t-2 (opaque) stays assigned, t-3 pending. */
export async function startScenario(options: FixtureOptions = {}): Promise<Fixture> {
  const fixture = await startFixture({ genesis: QUICK_GENESIS, ...options });
  const { client, node } = fixture;
  await client.call('registerProvider', { body: registerBody('p-1') });
  await client.call('submitTask', { body: taskBody('t-1') });
  await node.mine();
  await client.call('submitResult', { body: resultBody('t-1') });
  await node.mine(6);
  await submitOpaque(client, 't-2');
  await node.mine();
  await submitOpaque(client, 't-3');
  for (const id of ['t-1', 't-2', 't-3'])
    if (readTask(node.state(), id) === undefined) throw new Error(`${id} is missing`);
  return fixture;
}

export const submitOpaque = (client: Client, id: string) =>
  client.call('submitTask', {
    body: taskBody(id, { model: 'qwen3-8b', input: { b: 'é', a: [1, 2.5, null] } }),
  });
