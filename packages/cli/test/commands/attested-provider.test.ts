import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliProcess } from '../spawn-cli.ts';
import { type AttestedDevnet, startAttestedDevnet, WINDOW_BLOCKS } from '../support/attested-devnet.ts';

const WAIT_MS = 100_000;
const TIMEOUT = { timeout: 4 * WAIT_MS };
/** Attested again after 16 seconds. */
const LIFETIME_SECONDS = 24;

interface Attested {
  readonly event: string;
  readonly score: number;
  readonly cpuTee: boolean;
  readonly hardware: boolean;
  readonly validUntil: number;
}

/** The `n`-th line that says that a provider is attested; the first one is 0. */
async function attestedLine(provider: CliProcess, n = 0): Promise<Attested> {
  await provider.waitFor(new RegExp(`(?:"event":"attested"[\\s\\S]*){${n + 1}}\n`), WAIT_MS);
  const lines = provider
    .text()
    .stdout.split('\n')
    .filter((line) => line.includes('"event":"attested"'));
  return JSON.parse(lines[n] ?? '') as Attested;
}

/** Length of a posted result's challenge window, and whether its requester may use it at once. */
async function windowOf({ client }: AttestedDevnet, id: string) {
  const { settlement, usable, posted_at_height = 0, final_at_height = 0 } = await client.getTask(id);
  return { settlement, usable, blocks: final_at_height - posted_at_height };
}

const STATEMENT = JSON.stringify({
  device_id: 'gpu-0',
  model: 'RTX 5090',
  mode: 1,
  software_attestation: { gpu_serial: '1650522', driver_version: '575.32' },
});

describe('aivm provider where the chain admits attested hardware only', () => {
  let devnet: AttestedDevnet;
  beforeAll(async () => {
    devnet = await startAttestedDevnet({
      config: { requireTEEAttestation: true },
      policy: { kinds: ['snp', 'nvidia'], lifetimeSeconds: LIFETIME_SECONDS },
    });
  }, WAIT_MS);
  afterAll(() => devnet.close());

  it('--tee snp attests, registers, answers usably at once, and attests again in time', TIMEOUT, async () => {
    const provider = devnet.startProvider(1, '--id', 'inside', ...devnet.snpFlags);
    const first = await attestedLine(provider);
    expect(first).toMatchObject({ score: 70, cpuTee: true, hardware: true });
    await provider.waitFor(/"event":"attested"[\s\S]*"event":"registered"/, WAIT_MS);

    await devnet.askTask('mine', provider);
    const window = await windowOf(devnet, 'mine');
    expect(window).toMatchObject({ usable: true, blocks: Math.ceil((WINDOW_BLOCKS * 130) / 200) });
    expect(['posted', 'final']).toContain(window.settlement);

    const second = await attestedLine(provider, 1);
    expect(Math.floor(Date.now() / 1_000)).toBeLessThanOrEqual(first.validUntil);
    expect(second.validUntil).toBeGreaterThan(first.validUntil);
    await devnet.askTask('later', provider);
    expect(await windowOf(devnet, 'later')).toMatchObject({ usable: true, blocks: window.blocks });
  });

  it('--tee software is told that its kind is not admitted, and may not register', TIMEOUT, async () => {
    const statement = devnet.file('card.json', STATEMENT);
    const provider = devnet.startProvider(2, '--id', 'word', '--tee', 'software', '--statement', statement);
    const { code, stdout, stderr } = await provider.ended;
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({
      event: 'unattested',
      code: 'attestation_policy',
    });
    expect(stderr).toMatch(/not attested: attestation_policy: .*software/);
    expect(stderr).toMatch(/^error: /m);
    expect(code).toBe(1);
    await expect(devnet.client.getProvider('word')).rejects.toMatchObject({ code: 'provider_not_found' });
  });

  it('no evidence: may not register', TIMEOUT, async () => {
    const { code, stderr } = await devnet.startProvider(3, '--id', 'nothing').ended;
    expect(stderr).toMatch(/^error: /m);
    expect(code).toBe(1);
  });
});

describe('aivm provider where the chain takes any evidence', () => {
  let devnet: AttestedDevnet;
  beforeAll(async () => {
    devnet = await startAttestedDevnet();
  }, WAIT_MS);
  afterAll(() => devnet.close());

  it('--tee software counts as a statement: a score, but the full window', TIMEOUT, async () => {
    const statement = devnet.file('card.json', STATEMENT);
    const provider = devnet.startProvider(1, '--id', 'word', '--tee', 'software', '--statement', statement);
    expect(await attestedLine(provider)).toMatchObject({ score: 50, cpuTee: false, hardware: false });
    await devnet.askTask('full', provider);
    expect(await windowOf(devnet, 'full')).toMatchObject({ usable: false, blocks: WINDOW_BLOCKS });
    provider.child.kill('SIGINT');
    await provider.ended;
  });

  it('--tee snp with --gpu-evidence-command: processor and GPU vouch together', TIMEOUT, async () => {
    const provider = devnet.startProvider(2, '--id', 'both', ...devnet.snpFlags, ...devnet.gpuFlags('a'));
    expect(await attestedLine(provider)).toMatchObject({ score: 83, cpuTee: true, hardware: true });
  });

  it('--gpu-evidence-command alone: hardware without a session key', TIMEOUT, async () => {
    const provider = devnet.startProvider(3, '--id', 'card', ...devnet.gpuFlags('b'));
    expect(await attestedLine(provider)).toMatchObject({ score: 83, cpuTee: false, hardware: true });
  });
});
