import { parseJson } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { startScenario } from './scenario.ts';

/** Every value becomes the name of its type, so that a snapshot shows names and forms alone. */
function formOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? [] : [formOf(value[0]), `× ${value.length}`];
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, formOf(item)]));
  }
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value !== 'string') return typeof value;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return 'time';
  return /^\d+$/.test(value) ? 'decimal text' : 'text';
}

describe("the Go service's shapes", () => {
  it('are these', async () => {
    const { server } = await startScenario();
    const read = async (path: string): Promise<unknown> =>
      formOf(parseJson(await (await fetch(server.url + path)).text()));
    expect(await read('/providers')).toMatchSnapshot('GET /providers');
    expect(await read('/tasks?id=t-1')).toMatchSnapshot('GET /tasks?id= completed');
    expect(await read('/tasks?id=t-3')).toMatchSnapshot('GET /tasks?id= pending');
    expect(await read('/tasks')).toMatchSnapshot('GET /tasks');
    expect(await read('/models')).toMatchSnapshot('GET /models');
    expect(await read('/rewards/stats?provider_id=p-1')).toMatchSnapshot('GET /rewards/stats');
    expect(await read('/stats')).toMatchSnapshot('GET /stats');
    expect(await read('/merkle')).toMatchSnapshot('GET /merkle');
    // The details belong to the node.
    expect(Object.keys((await read('/health')) as object)).toEqual([
      'healthy',
      'version',
      'height',
      'last_accepted',
      'details',
    ]);
    expect(await read('/blocks/1')).toMatchSnapshot('block with a registration');
    expect(await read('/blocks/2')).toMatchSnapshot('block with a task');
    expect(await read('/blocks/4')).toMatchSnapshot('block with a result');
  });

  it('answer writes as the Go service does', async () => {
    const { server } = await startScenario();
    const post = async (path: string, body: unknown): Promise<unknown> => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
      return (await fetch(server.url + path, init)).json();
    };
    const attestation = { device_id: 'GPU-1', model: 'RTX 4090', mode: 1 };
    expect(await post('/providers/register', { id: 'p-9', gpu_attestation: attestation })).toEqual({
      success: true,
      providerId: 'p-9',
      attestation: {
        verified: false,
        trustScore: 0,
        mode: 1,
        hardwareCC: false,
        code: 'not_supported',
        reason: 'no attestation verifier is configured on this node: the evidence was not examined',
      },
    });
    const task = { id: 't-9', type: 'embedding', model: 'zen-mini-0.5b', input: 'text', fee: 10_000_000 };
    expect(await post('/tasks/submit', task)).toEqual({ success: true, taskId: 't-9' });
    const result = { task_id: 't-2', provider_id: 'p-1', output: [0.5], compute_time_ms: 3, proof: 'AQID' };
    expect(await post('/tasks/result', result)).toEqual({ success: true, taskId: 't-2' });
    expect(await post('/rewards/claim', { provider_id: 'p-1' })).toEqual({ success: true, claimed: '0' });
    expect(await post('/attestation/verify', { gpu_attestation: attestation })).toMatchObject({
      verified: false,
      trustScore: 0,
      mode: 1,
      hardwareCC: false,
    });
  });
});
