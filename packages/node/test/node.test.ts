import { existsSync } from 'node:fs';
import { AivmError } from '@aivm/core/errors';
import { createClient, createSender, importWallet } from '@aivm/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installCrypto } from '../src/crypto/install-crypto.ts';
import { embeddedHost } from '../src/hosts/embedded/embedded-host.ts';
import type { LogFields } from '../src/log.ts';
import { type CreateNodeOptions, createNode, type Node } from '../src/node.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import { verifyDataDirectory } from '../src/verify/verify-data-directory.ts';
import { temporaryDirectory } from './support/temporary-directory.ts';
import { people, submitTask, type TestAccount, testGenesis, transfer } from './support/test-genesis.ts';

const crowd = people(2);
const [alice, bob] = crowd as [TestAccount, TestAccount];
const genesis = testGenesis(crowd);
const ROOT = { role: 'intel', sha256: 'ab'.repeat(32) };
const host = embeddedHost({ mode: 'instant', blockTimeMs: 20 });

async function open(options: Partial<CreateNodeOptions>): Promise<Node> {
  const node = await createNode({ genesis, host, ...options } as CreateNodeOptions);
  onTestFinished(() => node.close());
  return node;
}

describe('createNode', () => {
  it('serves a durable chain over HTTP, and goes on after a restart', async () => {
    const dataDir = temporaryDirectory();
    const node = await open({ dataDir, http: { port: 0 } });
    const client = createClient({ url: node.http?.url ?? '' });
    const sender = createSender({ client, wallet: importWallet({ privateKey: alice.privateKey }) });
    const sent = await sender.send({ ...transfer(bob.address, 5n) });
    expect(sent).toMatchObject({ code: '', height: 1 });
    const health = await client.getHealth();
    expect(health).toMatchObject({ healthy: true, version: 'v1.0.0' });
    expect(health.details).toMatchObject({ store: 'classic-level', durable: true, host: 'embedded' });
    expect(health.details).toHaveProperty('kernel_backend');
    const head = node.api.lastAccepted();
    await node.close();
    await node.close();
    await expect(client.getHealth()).rejects.toMatchObject({ code: 'unreachable' });

    const again = await open({ dataDir });
    expect(again.http).toBeUndefined();
    expect(again.api.lastAccepted().id).toEqual(head.id);
    expect(again.api.nextNonce(alice.address)).toBe(1n);
    await again.close();
    expect(await verifyDataDirectory({ dataDir, genesis })).toMatchObject({ transactions: 1 });
  });

  it('leaves nothing open when it cannot listen', async () => {
    const first = await open({ store: new MemoryStore(), http: { port: 0 } });
    const dataDir = temporaryDirectory();
    await expect(open({ dataDir, http: { port: first.http?.port ?? 0 } })).rejects.toMatchObject({
      code: 'port_in_use',
    });
    const node = await open({ dataDir });
    expect(existsSync(dataDir)).toBe(true);
    expect(node.api.health().healthy).toBe(true);
  });

  it('says at boot what it runs on', async () => {
    const lines: [LogFields, string][] = [];
    const write = (fields: LogFields, message: string): void => void lines.push([fields, message]);
    const log = { debug: () => undefined, info: write, warn: write, error: write };
    await open({ store: new MemoryStore(), log });
    const fields = Object.assign({}, ...lines.map(([line]) => line));
    const { keccak256, secp256k1 } = installCrypto();
    expect(fields).toMatchObject({ keccak256, secp256k1, durable: false, height: 0 });
    expect(fields.kernelBackend).toMatch(/^(wasm|cpu|cuda|hip|metal|vulkan|webgpu)$/);
  });

  it.each<[string, string, { verificationMode?: number; development?: boolean }, object]>([
    ['info', 'a development chain by default', { development: true }, {}],
    ['warn', 'a development chain with test roots', { development: true }, { testRoots: [ROOT] }],
    ['warn', 'any other chain', {}, {}],
    [
      '',
      'a chain that lists a workload',
      {},
      { policy: { measurements: [{ kind: 'snp', measurement: 'ab' }] } },
    ],
    ['', 'a chain in another mode', { verificationMode: 0 }, {}],
  ])(
    'tells, as %s, that TEE mode can do nothing: %s',
    async (level, _, { verificationMode = 2, ...params }, attestation) => {
      const told: string[] = [];
      const write = (name: string) => (_fields: LogFields, message: string) => {
        if (message === 'genesis') told.push(name);
      };
      const log = { debug: () => undefined, info: write('info'), warn: write('warn'), error: write('error') };
      const json = { timestamp: 1, chainId: 7, config: { verificationMode }, params, attestation };
      await open({ store: new MemoryStore(), genesis: json, host: 'none', log });
      expect(told).toEqual(level === '' ? [] : [level]);
    },
  );

  it('warns of a development chain that others would be refused for', async () => {
    const told: LogFields[] = [];
    const quiet = () => undefined;
    const warn = (fields: LogFields, message: string): void => {
      if (message === 'genesis') told.push(fields);
    };
    const json = { config: { verificationMode: 0 }, params: { development: true, unbondBlocks: 1 } };
    const log = { debug: quiet, info: quiet, warn, error: quiet };
    await open({ store: new MemoryStore(), genesis: json, host: 'none', log });
    expect(told).toEqual([{ warning: expect.stringContaining('params.unbondBlocks') }]);
  });

  it('tells waiters what became of their transaction', async () => {
    const node = await open({ store: new MemoryStore(), host: 'none' });
    const { api } = node;
    const tx = api.submitTransaction(alice.sign(submitTask('t'), 0n).bytes);
    expect(api.getTransaction(tx.id)).toEqual({ state: 'pending' });
    expect(api.nextNonce(alice.address)).toBe(1n);
    await expect(api.waitForTransaction(tx.id, { timeoutMs: 1 })).rejects.toMatchObject({ code: 'timeout' });
    await expect(api.waitForTransaction(new Uint8Array(32), { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'not_found',
    });
    const waiting = api.waitForTransaction(tx.id, { timeoutMs: 10_000 });
    const replaced = expect(waiting).rejects.toMatchObject({ code: 'nonce_too_low' });
    api.submitTransaction(alice.sign(submitTask('t', { fee: 9_000_000n }), 0n).bytes);
    await replaced;
    expect(api.getTransaction(tx.id)).toBeUndefined();
    const blocked = api.waitForBlock(0, { timeoutMs: 10_000 });
    const ended = expect(blocked).rejects.toBeInstanceOf(AivmError);
    await node.close();
    await ended;
  });
});

describe('installCrypto', () => {
  it('loads the fast implementations where this platform has them, once', () => {
    const installed = installCrypto();
    expect(installCrypto()).toBe(installed);
    expect(installed.keccak256).toBe('wasm');
    if (process.platform === 'linux' && process.arch === 'x64') {
      expect(installed).toEqual({
        keccak256: 'wasm',
        secp256k1: 'native',
        attestation: 'node:crypto',
        reasons: [],
      });
    }
  });
});
