import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KIND_NUMBER } from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { CollateralKind } from '@aivm/core/state';
import {
  makeGpu,
  makeIntel,
  makeList,
  makeRims,
  makeSnp,
  makeSoftware,
  NVIDIA_DEVICE_ROOT,
  NVIDIA_RIM_ROOT,
  toPem,
} from '@aivm/test-authority';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../src/cli-context.ts';
import { type EvidenceOptions, openEvidenceSource } from '../src/provider-evidence.ts';

const folder = mkdtempSync(join(tmpdir(), 'aivm-evidence-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

const snp = makeSnp();
const intel = makeIntel();
const [leaf, authority, root] = snp.evidence.chain as [Uint8Array, Uint8Array, Uint8Array];
const LEAF = file('leaf.der', leaf);
const ISSUERS = file('issuers.pem', toPem([authority, root]));
const LIST = file('list.crl', makeList({ issuer: snp.root }));
const INTEL = file(
  'collateral.json',
  JSON.stringify({
    ...(JSON.parse(Buffer.from(intel.file).toString('utf8')) as object),
    pck_crl_issuer_chain: toPem([intel.authority.der, intel.root.der]),
  }),
);
const GARBAGE = file('garbage', 'this is not it');
const EMPTY = file('empty', '');
const UNSIGNED = file('unsigned.xml', '<a></a>');
const BARE = file('bare.json', '{"mode":1}');
const NO_CARD = file('no-card.json', '{"mode":1,"software_attestation":{}}');
const FOLDER = join(folder, 'folder');
mkdirSync(FOLDER);

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const KEY = new Uint8Array(32).fill(0x42);
const { gpu, certificates } = makeGpu();
const [RIM = new Uint8Array()] = makeRims();
const RIM_FILE = file('driver.xml', RIM);
const GPU_CHAIN = file('gpu.pem', toPem(gpu.chain));
const GPU_LISTS = file(
  'lists.json',
  JSON.stringify({
    crls: [
      makeList({ issuer: NVIDIA_DEVICE_ROOT }),
      makeList({ issuer: certificates[2] ?? NVIDIA_DEVICE_ROOT }),
    ].map((list) => Buffer.from(list).toString('base64')),
  }),
);
const STATEMENT = file(
  'card.json',
  JSON.stringify({
    device_id: 'gpu-0',
    model: 'RTX 5090',
    mode: 1,
    software_attestation: { gpu_serial: '1650522', driver_version: '575.32', benchmark_time_ms: 12 },
  }),
);

const open = (options: Partial<EvidenceOptions>) =>
  openEvidenceSource(
    { reportChain: [], collateral: [], gpuChain: [], gpuCollateral: [], rim: [], ...options },
    { provider: 'p-1', exportPrivateKey: () => KEY },
  );
const REQUEST = {
  chainId: 1n,
  provider: 'p-1',
  blockTime: 0,
  bindingOf: () => new Uint8Array(32).fill(7),
};
const { signal } = new AbortController();
/** Arguments that spare a processor. */
const GPU: Partial<EvidenceOptions> = { reportCommand: 'node', gpuEvidenceCommand: 'node' };
const ECHO = 'node -e process.stdout.write(process.argv[1]) {reportDataHex}';

describe('the source of evidence that options describe', () => {
  it('is none without --tee', async () => {
    expect(await open({})).toBeUndefined();
  });

  it.each<[string, Partial<EvidenceOptions>]>([
    ['--report-command', { reportCommand: ECHO }],
    ['--report-chain', { reportChain: [LEAF] }],
    ['--collateral', { collateral: [LIST] }],
    ['--tsm-dir', { tsmDir: folder }],
    ['--tee sgx needs --report-command', { tee: 'sgx' }],
    ['--rim', { rim: [RIM_FILE] }],
    ['--gpu-chain', { tee: 'snp', reportCommand: ECHO, gpuChain: [GPU_CHAIN] }],
    ['--gpu-collateral', { tee: 'snp', reportCommand: ECHO, gpuCollateral: [LIST] }],
    ['--statement', { tee: 'snp', reportCommand: ECHO, statement: STATEMENT }],
    ['--statement', { statement: STATEMENT }],
    ['--tee software needs --statement', { tee: 'software' }],
    ['--report-command', { tee: 'software', statement: STATEMENT, reportCommand: ECHO }],
    ['not both', { tee: 'software', statement: STATEMENT, gpuEvidenceCommand: ECHO }],
    ['--report-command: expected a program', { tee: 'snp', reportCommand: ' ' }],
    ['--report-command: expected a program', { tee: 'sgx', reportCommand: '' }],
    ['--gpu-evidence-command: expected a program', { gpuEvidenceCommand: '' }],
    ['--report-chain', { tee: 'tdx', reportCommand: ECHO, reportChain: [LEAF] }],
    ['--tsm-dir', { tee: 'snp', reportCommand: ECHO, tsmDir: folder }],
  ])('has no use for the flags alone: %s', async (message, options) => {
    const opening = open(options);
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toBeInstanceOf(UsageError);
  });

  it('makes AMD evidence of what the program prints and the certificates in files', async () => {
    const source = await open({ tee: 'snp', reportCommand: ECHO, reportChain: [LEAF, ISSUERS] });
    expect(await source?.makeEvidence(REQUEST, { signal })).toEqual({
      processors: [
        {
          kind: KIND_NUMBER.snp,
          report: utf8ToBytes('07'.repeat(32) + '00'.repeat(32)),
          chain: [leaf, authority, root],
        },
      ],
      gpus: [],
      statements: [],
    });
    expect(await source?.readDocuments?.()).toEqual([]);
  });

  it("reads AMD's list anew for every attestation", async () => {
    const path = file('changing.crl', makeList({ issuer: snp.root }));
    const source = await open({
      tee: 'snp',
      reportCommand: ECHO,
      reportChain: [ISSUERS],
      collateral: [path],
    });
    const newer = makeList({ issuer: snp.root, revoked: [5] });
    writeFileSync(path, newer);
    expect(await source?.readDocuments?.()).toEqual([
      {
        documentKind: CollateralKind.revocationList,
        body: newer,
        signature: new Uint8Array(0),
        chain: [root],
      },
    ]);
  });

  it("reads Intel's collateral, and leaves certificates to the quote", async () => {
    const source = await open({ tee: 'tdx', reportCommand: ECHO, collateral: [INTEL] });
    const kinds = (await source?.readDocuments?.())?.map(({ documentKind }) => documentKind);
    const { revocationList, tcbInfo, enclaveIdentity } = CollateralKind;
    expect(kinds).toEqual([revocationList, revocationList, tcbInfo, enclaveIdentity]);
    const evidence = await source?.makeEvidence(REQUEST, { signal });
    expect(evidence?.processors[0]).toMatchObject({ kind: KIND_NUMBER.tdx, chain: [] });
  });

  it.each<[string, Partial<EvidenceOptions>, string, string]>([
    ['a chain that is not there', { reportChain: [join(folder, 'no')] }, 'not_found', 'no file at'],
    ['a chain that is a folder', { reportChain: [FOLDER] }, 'not_found', 'folder'],
    ['a chain of words', { reportChain: [LEAF, GARBAGE] }, 'malformed', GARBAGE],
    ['an empty chain', { reportChain: [EMPTY] }, 'malformed', EMPTY],
    ['a list in place of certificates', { reportChain: [LIST] }, 'malformed', LIST],
    ['collateral that is not there', { collateral: [join(folder, 'no')] }, 'not_found', 'no file at'],
    ['collateral of words', { reportChain: [LEAF], collateral: [GARBAGE] }, 'malformed', GARBAGE],
    ['an empty list', { reportChain: [LEAF], collateral: [EMPTY] }, 'malformed', EMPTY],
    ['a certificate for a list', { reportChain: [LEAF], collateral: [LEAF] }, 'malformed', LEAF],
    ["Intel's collateral", { reportChain: [LEAF], collateral: [INTEL] }, 'malformed', INTEL],
    ['a list without its issuer', { collateral: [LIST] }, 'malformed', 'certificate'],
    ["AMD's list for Intel", { tee: 'tdx', collateral: [LIST] }, 'malformed', LIST],
    ['words for Intel', { tee: 'tdx', collateral: [GARBAGE] }, 'malformed', GARBAGE],
    ['a kernel without reports', { tsmDir: join(folder, 'no') }, 'not_found', 'no reports at'],
    ['a file for the reports', { tsmDir: LEAF }, 'not_found', 'no reports at'],
    ['words for a manifest', { ...GPU, rim: [GARBAGE] }, 'malformed', GARBAGE],
    ['an unsigned manifest', { ...GPU, rim: [UNSIGNED] }, 'malformed', UNSIGNED],
    ['a manifest that is not there', { ...GPU, rim: [join(folder, 'no')] }, 'not_found', 'no file at'],
    ["a list of a GPU's stranger", { ...GPU, gpuCollateral: [GPU_LISTS] }, 'malformed', 'issuer'],
    ['a list of words', { ...GPU, gpuChain: [GPU_CHAIN], gpuCollateral: [GARBAGE] }, 'malformed', GARBAGE],
    ['no statement', { tee: 'software', statement: join(folder, 'no') }, 'not_found', 'no file at'],
    ['a statement of words', { tee: 'software', statement: GARBAGE }, 'malformed', GARBAGE],
    ['a statement of nothing', { tee: 'software', statement: BARE }, 'malformed', 'software_attestation'],
    ['a statement of no card', { tee: 'software', statement: NO_CARD }, 'malformed', 'gpu_serial'],
  ])('tells at the start of %s', async (_, options, code, message) => {
    await expect(open({ tee: 'snp', ...options })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['a program that is not there', 'aivm-no-such-program', 'aivm-no-such-program'],
    ['a program that may not run', GARBAGE, 'EACCES'],
    ['a program that fails', 'node -e process.exit(1)', 'Command failed'],
    ['a program that prints nothing', 'node -e 0', 'empty report'],
  ])('tells of %s when it is asked', async (_, reportCommand, message) => {
    const source = await open({ tee: 'snp', reportCommand, reportChain: [LEAF, ISSUERS] });
    await expect(source?.makeEvidence(REQUEST, { signal })).rejects.toThrow(message);
  });

  it('makes GPU evidence of the JSON that the program writes, beside a processor', async () => {
    const evidence = JSON.stringify([{ evidence: toBase64(gpu.report) }, { evidence: toBase64(gpu.report) }]);
    const source = await open({
      tee: 'snp',
      reportCommand: ECHO,
      reportChain: [LEAF, ISSUERS],
      collateral: [LIST],
      gpuEvidenceCommand: `node -e process.stdout.write(require('fs').readFileSync(process.argv[1])) ${file('gpus', evidence)}`,
      gpuChain: [GPU_CHAIN],
      gpuCollateral: [GPU_LISTS],
      rim: [RIM_FILE],
    });
    const made = await source?.makeEvidence(REQUEST, { signal });
    expect(made?.processors).toHaveLength(1);
    expect(made?.gpus).toEqual([gpu, gpu]);
    const documents = await source?.readDocuments?.();
    expect(documents?.map(({ documentKind, chain }) => [documentKind, chain.length])).toEqual([
      [CollateralKind.revocationList, 1],
      [CollateralKind.revocationList, 1],
      [CollateralKind.revocationList, 3],
      [CollateralKind.manifest, 0],
    ]);
    expect(documents?.at(-1)?.body).toEqual(RIM);
  });

  it('gives a report without certificates those above its leaf, and each list those above its issuer', async () => {
    const rimRoot = file('rim-root.der', NVIDIA_RIM_ROOT.der);
    const source = await open({
      gpuEvidenceCommand: `node -e process.stdout.write(require('fs').readFileSync(process.argv[1])) ${file('gpu', toBase64(gpu.report))}`,
      gpuChain: [GPU_CHAIN, rimRoot],
      gpuCollateral: [GPU_LISTS, file('rims.crl', makeList({ issuer: NVIDIA_RIM_ROOT }))],
    });
    expect((await source?.makeEvidence(REQUEST, { signal }))?.gpus).toEqual([gpu]);
    const documents = await source?.readDocuments?.();
    expect(documents?.map(({ chain }) => chain.length)).toEqual([1, 3, 1]);
  });

  it('asks the GPUs with the nonce', async () => {
    const source = await open({
      gpuEvidenceCommand: 'node -e process.stdout.write(process.argv[1]) {nonceHex}',
      gpuChain: [GPU_CHAIN],
    });
    const made = await source?.makeEvidence(REQUEST, { signal });
    expect(made).toEqual({
      processors: [],
      gpus: [{ report: new Uint8Array(32).fill(7), chain: gpu.chain }],
      statements: [],
    });
  });

  it('takes no GPU for an answer', async () => {
    const source = await open({ gpuEvidenceCommand: 'node -e process.stdout.write("[]")' });
    await expect(source?.makeEvidence(REQUEST, { signal })).rejects.toThrow('no GPU');
  });

  it("says what the file says of the card, at the block's time and under the operator's key", async () => {
    const source = await open({ tee: 'software', statement: STATEMENT });
    const made = await source?.makeEvidence({ ...REQUEST, blockTime: 1_234 }, { signal });
    const [said] = made?.statements ?? [];
    expect(said?.publicKey).toEqual(secp256k1.getPublicKey(KEY, true));
    expect(said?.statement).toMatchObject({
      model: 'RTX 5090',
      gpuSerial: '1650522',
      driverVersion: '575.32',
      benchmarkTimeMs: 12n,
      timestamp: 1_234,
    });
    expect(Object.keys(said?.statement ?? {}).toSorted()).toEqual(
      Object.keys(makeSoftware().statement).toSorted(),
    );
  });

  it('needs certificates from somewhere for an AMD report', async () => {
    const source = await open({ tee: 'snp', reportCommand: ECHO });
    await expect(source?.makeEvidence(REQUEST, { signal })).rejects.toThrow('no certificates');
  });
});
