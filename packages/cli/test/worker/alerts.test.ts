import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAlerts } from '../../src/worker/alerts.ts';
import { TextMetrics } from '../../src/worker/text-metrics.ts';
import { WorkerMonitor } from '../../src/worker/worker-monitor.ts';

const MISMATCH = {
  kind: 'mismatch',
  taskId: 't-1',
  provider: 'liar',
  posted: Uint8Array.of(1),
  computed: Uint8Array.of(2),
} as const;

describe('alerts of a watcher', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-alerts-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('reach the command on its stdin, and nothing else does', async () => {
    const file = join(directory, 'alerts');
    const notes: string[] = [];
    const alerts = createAlerts(
      { alertCommand: `test "$AIVM_ALERT" = mismatch && cat >> '${file}'` },
      { note: (line) => notes.push(line) },
    );
    alerts.observe({ kind: 'confirmed', taskId: 't-0', provider: 'honest' }, undefined);
    alerts.observe(MISMATCH, 'WRONG t-1 by liar');
    alerts.observe({ kind: 'unchallenged', taskId: 't-1', provider: 'liar', code: 'x' }, 'NOT CHALLENGED');
    await alerts.close();
    const [told, ...others] = (await readFile(file, 'utf8')).trim().split('\n');
    expect(JSON.parse(told ?? '')).toMatchObject({
      ...{ kind: 'mismatch', text: 'WRONG t-1 by liar', taskId: 't-1', provider: 'liar', posted: '0x01' },
    });
    expect(others).toEqual([]);
    expect(notes).toEqual(['warning: --alert-command: ended with 1: NOT CHALLENGED']);
  });

  it('are posted again where the receiver fails, and say a long silence of the node and its end', async () => {
    const bodies: { kind: string }[] = [];
    let failures = 1;
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (part) => (text += part));
      request.on('end', () => {
        if (failures-- > 0) return response.writeHead(503).end();
        bodies.push(JSON.parse(text));
        return response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    let nowMs = 0;
    const alerts = createAlerts({ alertWebhook: url }, { note: () => undefined, nowMs: () => nowMs });
    const retrying = { kind: 'retrying', code: 'unreachable', detail: 'no' } as const;
    alerts.observe(retrying, undefined);
    nowMs = 59_000;
    alerts.observe(retrying, undefined);
    nowMs = 61_000;
    alerts.observe(retrying, undefined);
    alerts.observe(retrying, undefined);
    alerts.observe({ kind: 'watching', posted: 0, after: 1 }, undefined);
    await alerts.close();
    server.close();
    expect(bodies.map(({ kind }) => kind)).toEqual(['node_silent', 'node_back']);
  });

  it('to no address are refused by the name of the flag', () => {
    expect(() => createAlerts({ alertWebhook: 'ftp://x' }, { note: () => undefined })).toThrow(
      '--alert-webhook',
    );
  });
});

describe('metrics of a worker', () => {
  it('count runs by model and outcome', async () => {
    const monitor = new WorkerMonitor('provider');
    const backend = monitor.watch({
      name: 'test',
      supports: () => true,
      run: async ({ taskId }) => {
        if (taskId === 'bad') throw new Error('no');
        expect(monitor.metrics.render()).toContain('aivm_provider_jobs_in_hand 1\n');
        return { output: new Uint8Array(0), computeTimeMs: 1 };
      },
    });
    const job = (taskId: string) => ({ taskId, model: { id: 'm"1' } }) as never;
    const { signal } = new AbortController();
    await backend.run(job('good'), { signal });
    await expect(backend.run(job('bad'), { signal })).rejects.toThrow('no');
    monitor.observe({ kind: 'posted' });
    const text = monitor.metrics.render();
    expect(text).toContain('aivm_provider_jobs_total{model="m\\"1",outcome="done"} 1\n');
    expect(text).toContain('aivm_provider_jobs_total{model="m\\"1",outcome="failed"} 1\n');
    expect(text).toContain('aivm_provider_events_total{event="posted"} 1\n');
    expect(text).toContain('aivm_provider_jobs_in_hand 0\n');
    expect(backend.check).toBeUndefined();
  });

  it('are in the text format of Prometheus', () => {
    const metrics = new TextMetrics();
    metrics.counter('a_total', 'As.')({ x: '1' }, 2);
    metrics.gauge('b', 'Bs.', () => 0.5);
    expect(metrics.render()).toBe(
      '# HELP a_total As.\n# TYPE a_total counter\na_total{x="1"} 2\n# HELP b Bs.\n# TYPE b gauge\nb 0.5\n',
    );
  });
});
