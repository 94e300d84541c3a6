import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWdbcRows, type WdbcRow } from '../src/wdbc-data.ts';
import { type CliProcess, startCli } from './spawn-cli.ts';

/** A client as somebody wrote it for the Go service: plain fetch, snake_case, no signatures, nothing of ours. */
const createGoClient = (base: string) => {
  const read = async (response: Response) => {
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text);
  };
  return {
    get: async (path: string) => read(await fetch(`${base}${path}`)),
    post: async (path: string, body: unknown) =>
      read(
        await fetch(`${base}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      ),
  };
};

describe('a client that knows only the Go service', () => {
  let devnet: CliProcess;
  let client: ReturnType<typeof createGoClient>;
  let row: WdbcRow;

  beforeAll(async () => {
    [row] = (await readWdbcRows()) as [WdbcRow];
    devnet = startCli(['devnet', '--port', '0', '--json']);
    const [, url] = await devnet.waitFor(/"url":"(http[^"]+)"/);
    client = createGoClient(`${url}/rpc`);
  });

  afterAll(async () => {
    devnet.child.kill('SIGTERM');
    expect((await devnet.ended).code).toBe(0);
  });

  it('registers a provider and finds it', async () => {
    const answer = await client.post('/providers/register', {
      id: 'gpu-1',
      wallet_address: '0x70997970C51812dc3A010C7d01b50e0d17dc79C8',
      endpoint: 'http://127.0.0.1:9000',
      gpus: [
        {
          model: 'RTX 4090',
          memory_gb: 24,
          tflops: 82.6,
          available: true,
          temperature: 45.5,
          utilization: 0,
        },
      ],
    });
    expect(answer).toMatchObject({ success: true, providerId: 'gpu-1' });
    const { providers, count } = await client.get('/providers');
    expect(count).toBe(1);
    expect(providers[0]).toMatchObject({
      id: 'gpu-1',
      endpoint: 'http://127.0.0.1:9000',
      gpus: [
        {
          model: 'RTX 4090',
          memory_gb: 24,
          tflops: 82.6,
          available: true,
          temperature: 45.5,
          utilization: 0,
        },
      ],
    });
  });

  it('submits a task, answers it and reads the answer back', async () => {
    const input = Array.from(new Int8Array(row.input));
    const submitted = await client.post('/tasks/submit', {
      id: 'task-1',
      type: 'inference',
      model: 'wdbc-int8',
      input,
      fee: 5_000_000,
    });
    expect(submitted).toMatchObject({ success: true, taskId: 'task-1' });
    const deadline = Date.now() + 10_000;
    let task = await client.get('/tasks?id=task-1');
    while (task.status === 'pending' && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      task = await client.get('/tasks?id=task-1');
    }
    expect(task).toMatchObject({
      status: 'assigned',
      assigned_to: 'gpu-1',
      model: 'wdbc-int8',
      input,
      fee: 5_000_000,
    });

    const result = await client.post('/tasks/result', {
      task_id: 'task-1',
      provider_id: 'gpu-1',
      output: [row.y0],
      compute_time_ms: 3,
      proof: '',
    });
    expect(result).toMatchObject({ success: true, taskId: 'task-1' });
    expect(await client.get('/tasks?id=task-1')).toMatchObject({
      status: 'processing',
      output: [row.y0],
      compute_time_ms: 3,
    });
  });

  it('reads stats, models, health and the receipts root', async () => {
    const stats = await client.get('/stats');
    expect(stats).toMatchObject({ providers_total: 1, providers_active: 1, models_available: 4 });
    expect((await client.get('/models')).models.map((model: { id: string }) => model.id)).toContain(
      'wdbc-int8',
    );
    expect(await client.get('/health')).toMatchObject({ healthy: true, version: 'v1.0.0' });
    expect((await client.get('/merkle')).merkleRoot).toHaveLength(32);
    expect(await client.get('/rewards/stats?provider_id=gpu-1')).toMatchObject({
      provider_id: 'gpu-1',
      slashed: false,
    });
  });

  it('is told no in a way that it understands', async () => {
    await expect(client.get('/tasks?id=nobody')).rejects.toThrow(/^404/);
    await expect(
      client.post('/tasks/submit', {
        id: 'task-1',
        type: 'inference',
        model: 'wdbc-int8',
        input: [],
        fee: 5_000_000,
      }),
    ).rejects.toThrow(/^4(00|09)/);
  });
});
