import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rfc3339ToSeconds, softwareMessage } from '@aivm/core/attestation';
import {
  createAttestationVerifier,
  createNode,
  embeddedHost,
  MemoryStore,
  type Node,
  readCollateralFolder,
} from '@aivm/node';
import { createClient, decodeJson, developmentAccounts, type GPUAttestation, routes } from '@aivm/sdk';
import {
  makeGpu,
  makeList,
  makeRim,
  makeRims,
  makeSoftware,
  NOW,
  NVIDIA_DEVICE_ROOT,
  TEST_POLICY,
  toPem,
} from '@aivm/test-authority';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FIXTURES_TITLE, hasFixtures, readFixture } from '../../../core/test/attestation/support/fixtures.ts';
import { developmentGenesis } from '../http/test-node.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const CLOCK = Math.floor(Date.now() / 1_000);
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const read = (json: object): GPUAttestation =>
  decodeJson(routes.verifyAttestation.body, { gpu_attestation: json }, 'test').gpu_attestation;

async function open(timestamp: number, options: object = {}): Promise<{ node: Node; url: string }> {
  const node = await createNode({
    genesis: developmentGenesis({ timestamp }),
    store: new MemoryStore(),
    host: embeddedHost({ mode: 'instant', blockTimeMs: 20 }),
    http: { port: 0, limits: { requestsPerSecond: 0 } },
    hasDevelopmentAccounts: true,
    ...options,
  });
  onTestFinished(() => node.close());
  return { node, url: node.http?.url as string };
}

function gpuJson(options: Parameters<typeof makeGpu>[0] = {}, declared: object = {}): object {
  const { gpu } = makeGpu(options);
  return {
    model: 'H100',
    ...declared,
    local_evidence: {
      spdm_report: base64(gpu.report),
      cert_chain: base64(Buffer.from(toPem(gpu.chain))),
      rim_verified: true,
      nonce: new Array(32).fill(0x9c),
    },
  };
}

/** What a provider's operator signs about its GPU. */
function statementJson(
  privateKey: Uint8Array,
  { provider = 'p-1', timestamp = CLOCK - 60, chainId = 1337n } = {},
): object {
  const { statement: model, nonce } = makeSoftware();
  const statement = { ...model, timestamp };
  const message = softwareMessage({ chainId, provider, nonce, statement });
  return {
    device_id: statement.deviceId,
    model: statement.model,
    mode: 1,
    software_attestation: {
      gpu_serial: statement.gpuSerial,
      pci_id: statement.pciId,
      board_id: statement.boardId,
      gpu_part_num: statement.gpuPartNumber,
      compute_caps: statement.computeCapability,
      driver_version: statement.driverVersion,
      cuda_version: statement.cudaVersion,
      vbios_version: statement.vbiosVersion,
      benchmark_hash: [...statement.benchmarkHash],
      benchmark_time_ms: Number(statement.benchmarkTimeMs),
      provider_pubkey: base64(secp256k1.getPublicKey(privateKey, true)),
      signature: base64(secp256k1.sign(sha256(message), privateKey, { prehash: false, lowS: true })),
      timestamp: new Date(timestamp * 1_000).toISOString().replace('.000', ''),
      nonce: [...nonce],
    },
  };
}

async function post(url: string, path: string, body: unknown): Promise<{ status: number; json: unknown }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
}
const ask = (url: string, gpu_attestation: object) => post(url, '/attestation/verify', { gpu_attestation });

function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const directory = temporaryDirectory();
  mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  return directory;
}

describe('POST /attestation/verify', () => {
  it('examines evidence under the default policy, where a test root is a stranger', async () => {
    const { node, url } = await open(NOW);
    const { json } = await ask(url, gpuJson());
    expect(json).toEqual({
      verified: false,
      trustScore: 0,
      mode: 0,
      hardwareCC: false,
      code: 'chain',
      reason: expect.stringContaining('root'),
    });
    const zeros = { local_evidence: { spdm_report: base64(new Uint8Array(256)), rim_verified: true } };
    expect((await ask(url, { ...zeros, model: 'GB200', cc_enabled: true })).json).toMatchObject({
      verified: false,
      code: 'unsupported',
    });
    expect(await node.attestationVerifier(read(gpuJson()), { nowSeconds: NOW })).toEqual(json);
    expect((await ask(url, { mode: 3 })).json).toMatchObject({ verified: false, mode: 3, code: 'malformed' });
  });

  it("examines evidence under the chain's own policy, as operations on chain are", async () => {
    const { testRoots } = TEST_POLICY;
    const verdictUnder = async (attestation: object): Promise<unknown> => {
      const genesis = developmentGenesis({ timestamp: NOW, attestation });
      const { url } = await open(NOW, { genesis });
      const json = gpuJson() as { readonly local_evidence: object };
      const local_evidence = { ...json.local_evidence, rim_verified: false };
      return (await ask(url, { ...json, local_evidence })).json;
    };
    const policy = { nvidia: { requiresRim: false } };
    const accepted = { verified: true, mode: 0, hardwareCC: false, code: 'ok' };
    expect(await verdictUnder({ testRoots, policy })).toMatchObject(accepted);
    expect(await verdictUnder({ testRoots })).toMatchObject({ verified: false, code: 'rim_missing' });
    const kinds = { ...policy, kinds: ['snp'] };
    expect(await verdictUnder({ testRoots, policy: kinds })).toMatchObject({
      verified: false,
      code: 'policy',
    });
  });

  it("takes a statement under the key of a registered provider's operator, and no other", async () => {
    // A registration makes a block, and blocks are made at the time of this machine.
    const { node, url } = await open(CLOCK - 10);
    const [, operator, stranger] = developmentAccounts() as unknown as { exportPrivateKey(): Uint8Array }[];
    const own = operator?.exportPrivateKey() as Uint8Array;
    expect((await ask(url, statementJson(own))).json).toMatchObject({ verified: false, code: 'binding' });
    const registered = await post(url, '/providers/register', {
      id: 'p-1',
      gpu_attestation: statementJson(own),
    });
    const good = { verified: true, trustScore: 60, mode: 1, hardwareCC: false, code: 'ok' };
    expect(registered.json).toEqual({ success: true, providerId: 'p-1', attestation: good });
    expect((await ask(url, statementJson(own))).json).toEqual(good);
    const code = async (json: object): Promise<unknown> =>
      ((await ask(url, json)).json as { code: unknown }).code;
    expect(await code(statementJson(stranger?.exportPrivateKey() as Uint8Array))).toBe('binding');
    expect(await code(statementJson(own, { provider: 'p-2' }))).toBe('signature');
    expect(await code(statementJson(own, { chainId: 7n }))).toBe('signature');
    expect(await code(statementJson(own, { timestamp: CLOCK - 100_000 }))).toBe('expired');
    expect(await code({ ...statementJson(own), cc_enabled: true })).toBe('contradiction');
    expect(await code({ ...statementJson(own), mode: 0 })).toBe('malformed');
    const named = await node.attestationVerifier(read(statementJson(own)), {
      nowSeconds: node.api.lastAccepted().header.timestamp,
      provider: 'p-9',
    });
    expect(named).toMatchObject({ verified: false, code: 'binding' });
  });

  it('takes few at a time: one too many is told to come back, and the others are answered', async () => {
    const { node } = await open(NOW);
    const verifier = createAttestationVerifier({ node: node.api });
    const all = Array.from({ length: 40 }, () => verifier(read(gpuJson()), { nowSeconds: NOW }));
    const settled = await Promise.allSettled(all);
    const refused = settled.filter(({ status }) => status === 'rejected');
    expect(settled.length - refused.length).toBe(33);
    for (const one of refused) expect(one).toMatchObject({ reason: { code: 'rate_limited' } });
    expect(await verifier(read(gpuJson()), { nowSeconds: NOW })).toMatchObject({ code: 'chain' });
  });
});

describe('a folder of collateral', () => {
  const [driver = new Uint8Array(), vbios = new Uint8Array()] = makeRims();
  const list = makeList({ issuer: NVIDIA_DEVICE_ROOT });

  it('gives each GPU its own manifests and lists, out of many', async () => {
    const { node } = await open(NOW);
    const others = {
      'other.xml': makeRim({ version: '570.01' }),
      'blackwell.xml': makeRim({ product: 'GB100' }),
      'foreign.crl': makeList({ issuer: { ...NVIDIA_DEVICE_ROOT, commonName: 'Somebody' } }),
      'notes.txt': 'not collateral',
    };
    const files = { 'a.xml': driver, 'b.xml': vbios, 'root.crl': list, ...others };
    const verify = (stock: ReturnType<typeof readCollateralFolder> | undefined, json: object) =>
      createAttestationVerifier({ node: node.api, policy: TEST_POLICY, stock })(read(json), {
        nowSeconds: NOW,
      });
    const stock = readCollateralFolder(folderOf(files));
    expect(stock).toMatchObject({ manifestCount: 4, listCount: 2 });
    expect(await verify(stock, gpuJson())).toEqual({
      verified: true,
      trustScore: 83,
      mode: 0,
      hardwareCC: true,
      code: 'ok',
    });
    expect((await verify(undefined, gpuJson())).code).toBe('rim_missing');
    expect((await verify(stock, gpuJson({ driver: '580.1.1' }, { model: '' }))).code).toBe('rim_missing');
    expect((await verify(stock, gpuJson({}, { driver_version: '1.2' }))).code).toBe('contradiction');
    const revoking = { ...files, 'root.crl': makeList({ issuer: NVIDIA_DEVICE_ROOT, revoked: [30] }) };
    expect((await verify(readCollateralFolder(folderOf(revoking)), gpuJson())).code).toBe('revoked');
  });

  it('is refused with the name of what cannot be read', async () => {
    expect(() => readCollateralFolder('/nowhere/at/all')).toThrowError(/\/nowhere\/at\/all/);
    for (const [name, content] of [
      ['x.xml', '<a/>'],
      ['x.xml', '<!DOCTYPE a>'],
      ['x.crl', 'garbage'],
      ['x.der', ''],
    ] as const) {
      const directory = folderOf({ [name]: content });
      const error = { code: 'malformed', message: expect.stringContaining(join(directory, name)) };
      expect(() => readCollateralFolder(directory)).toThrowError(expect.objectContaining(error));
      await expect(open(NOW, { collateralDir: directory })).rejects.toMatchObject({ code: 'malformed' });
    }
  });
});

describe.skipIf(!hasFixtures)(FIXTURES_TITLE, () => {
  it('an H100 is verified over HTTP, with its manifests in a folder', async () => {
    const path = 'nvidia/h100-550.90.07';
    const collateralDir = folderOf({
      'driver.xml': readFixture(`${path}/driver-rim.xml`),
      'vbios.xml': readFixture(`${path}/vbios-rim.xml`),
      'other.xml': readFixture('nvidia/rims/NV_GPU_DRIVER_GH100_550.144.03.xml'),
    });
    const { url } = await open(rfc3339ToSeconds('2025-08-01T00:00:00Z') as number, { collateralDir });
    const local_evidence = {
      spdm_report: base64(readFixture(`${path}/report.bin`)),
      cert_chain: base64(readFixture(`${path}/chain.pem`)),
      rim_verified: true,
    };
    const declared = {
      model: 'NVIDIA H100 80GB HBM3',
      driver_version: '550.90.07',
      vbios_version: '96.00.9f.00.01',
    };
    const client = createClient({ url });
    expect(await client.verifyAttestation(read({ ...declared, local_evidence }))).toEqual({
      verified: true,
      trustScore: 83,
      mode: 0,
      hardwareCC: true,
      code: 'ok',
    });
    expect((await ask(url, { ...declared, model: 'B200', local_evidence })).json).toMatchObject({
      code: 'contradiction',
    });
  });
});
