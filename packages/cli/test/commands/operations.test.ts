import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, developmentAccounts } from '@aivm/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliProcess, startCli } from '../spawn-cli.ts';

const OPS = fileURLToPath(new URL('../../../../ops/', import.meta.url));
const START_MS = 240_000;

/** Names that an expression of Prometheus reads; those that other things export are left out. */
function metricsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\b(?:aivm|process|nodejs)_[a-z0-9_]+/g)]
    .map(([name]) => name.replace(/_bucket$/, ''))
    .filter((name) => name !== '');
}

const get = async (url: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(url);
  return { status: answer.status, text: await answer.text() };
};

describe('ops/', { timeout: 600_000 }, () => {
  let directory = '';
  const running: CliProcess[] = [];
  const start = (args: readonly string[]): CliProcess => {
    const one = startCli([...args, '--json']);
    running.push(one);
    return one;
  };
  let rpc = '';
  let provider: CliProcess;
  const metrics: Record<string, string> = {};

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'aivm-ops-'));
    const devnet = start(['devnet', '--port', '0', '--anchor-file', join(directory, 'anchors')]);
    rpc = JSON.parse((await devnet.waitFor(/^\{"event":"listening".*$/m, START_MS))[0]).rpc;
    const node = rpc.replace(/\/rpc$/, '');
    // Every service by a file of its own, as docs/operations.md shows.
    const files = {
      provider: { node, id: 'p-1', dev: 1, models: ['wdbc-int8'], 'metrics-port': 0, drain: '20s' },
      watch: { node, dev: 5, 'metrics-port': 0, 'alert-command': 'true' },
      gateway: { node, dev: 0, port: 0, 'metrics-port': 0 },
    };
    const started: Record<string, CliProcess> = {};
    for (const [name, file] of Object.entries(files)) {
      const path = join(directory, `${name}.json`);
      await writeFile(path, JSON.stringify(file));
      started[name] = start([name, '--config', path]);
    }
    for (const [name, one] of Object.entries(started))
      metrics[name] = (await one.waitFor(/"metrics":"([^"]+)"/, START_MS))[1] as string;
    provider = started.provider as CliProcess;
    await provider.waitFor(/"event":"registered"/, START_MS);
  }, START_MS);
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
    await rm(directory, { recursive: true, force: true });
  });

  it('queries in dashboard and alerts only what real processes export', async () => {
    const client = connect(rpc.replace(/\/rpc$/, ''), developmentAccounts()[0] as never);
    await client.run('wdbc-int8', new Uint8Array(32), { until: 'posted' });
    const pages = await Promise.all([`${rpc}/metrics`, ...Object.values(metrics)].map(get));
    const exported = new Set(
      pages.flatMap(({ text }) => [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string)),
    );
    const dashboard = JSON.parse(await readFile(join(OPS, 'grafana/aivm.json'), 'utf8'));
    const queries = (dashboard.panels as { targets?: { expr: string }[] }[]).flatMap(({ targets = [] }) =>
      targets.map(({ expr }) => expr),
    );
    const alerts = await readFile(join(OPS, 'prometheus/alerts.yml'), 'utf8');
    const names = [...queries, alerts].flatMap(metricsIn);
    expect(queries.length).toBeGreaterThan(20);
    expect([...new Set(names)].filter((name) => !exported.has(name))).toEqual([]);
    expect([...exported].filter((name) => name === 'aivm_no_such')).toEqual([]);
    const jobs = pages.map(({ text }) => text).join('\n');
    expect(jobs).toMatch(/aivm_provider_jobs_total\{model="wdbc-int8",outcome="done"\} 1/);
    expect(jobs).toMatch(/aivm_provider_working 1/);
  });

  it('has workers that say how they are, on loopback', async () => {
    const at = (name: string, path: string) => get((metrics[name] ?? '').replace('/metrics', path));
    expect(JSON.parse((await at('provider', '/ready')).text)).toMatchObject({
      ready: true,
      state: 'working',
    });
    expect(JSON.parse((await at('watch', '/health')).text)).toEqual({
      ...{ healthy: true, role: 'watcher', state: 'working' },
    });
    expect((await at('watch', '/other')).status).toBe(404);
    const taken = new URL(metrics.watch ?? '').port;
    const other = start(['watch', '--node', rpc, '--dev', '6', '--metrics-port', taken]);
    expect(await other.ended).toMatchObject({ code: 5, stderr: expect.stringContaining('port_in_use') });
  });

  it('stops a provider that is told to drain once nothing is left', async () => {
    provider.child.kill('SIGTERM');
    const { code, stdout } = await provider.ended;
    expect([code, stdout.includes('"event":"draining"')]).toEqual([0, true]);
  });

  it('has units that systemd takes', async ({ skip }) => {
    const units = (await readdir(join(OPS, 'systemd'))).map((name) => join(OPS, 'systemd', name));
    expect(units).toHaveLength(4);
    const { status, stderr, error } = spawnSync('systemd-analyze', ['verify', ...units], {
      encoding: 'utf8',
    });
    if (error !== undefined) skip('no systemd-analyze here');
    expect([status, stderr]).toEqual([0, '']);
    for (const unit of units) {
      const text = await readFile(unit, 'utf8');
      const [, service = ''] = /aivm (\w+) --config/.exec(text) ?? [];
      expect((await stat(join(OPS, 'schemas', `${service}.schema.json`))).isFile()).toBe(true);
    }
  });
});
