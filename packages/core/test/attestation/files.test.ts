import { type AttestationKind, verifyEvidenceFiles } from '@aivm/core/attestation';
import { hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import {
  makeGpu,
  makeIntel,
  makeList,
  makeRims,
  makeSnp,
  makeSoftware,
  NOW,
  type SoftwareTest,
  TEST_POLICY,
  toPem,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { bytesToBase64 } from '../../src/attestation/encoding/base64.ts';

const hex = (bytes: Uint8Array): Uint8Array => utf8ToBytes(Buffer.from(bytes).toString('hex'));
const base64 = (bytes: Uint8Array): Uint8Array => utf8ToBytes(bytesToBase64(bytes));
const json = (value: unknown): Uint8Array => utf8ToBytes(JSON.stringify(value));
const join = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(parts.flatMap((part) => [...part]));
const pem = (certificates: readonly Uint8Array[]): Uint8Array => utf8ToBytes(toPem(certificates));

const verify = (kind: AttestationKind, files: object) =>
  verifyEvidenceFiles({ kind, evidence: new Uint8Array(), now: NOW, policy: TEST_POLICY, ...files });

describe('evidence files', () => {
  const { evidence, root } = makeSnp();
  const { report, chain } = evidence;

  it.each([
    ['binary', report],
    ['hex', hex(report)],
    ['hex in lines', utf8ToBytes((Buffer.from(report).toString('hex').match(/.{64}/g) ?? []).join('\r\n'))],
    ['0x-hex', utf8ToBytes(`0x${Buffer.from(report).toString('hex')}\n`)],
    ['base64', base64(report)],
    ['base64 of hex', base64(hex(report))],
  ])('evidence as %s', (_name, bytes) => {
    expect(verify('snp', { evidence: bytes, chain })).toEqual({
      accepted: true,
      code: 'ok',
      detail: null,
      trustScore: 70,
      deviceId: 'c1'.repeat(64),
      measurement: '4d'.repeat(48),
      reportData: 'd1'.repeat(64),
      tcbStatus: null,
      validUntil: '2025-06-16T15:06:40Z',
    });
  });

  it.each([
    ['several DER files', chain],
    ['one DER file', [join(chain)]],
    ['one PEM file', [pem(chain)]],
    ['a DER file and a PEM file', [chain[0], pem(chain.slice(1))]],
    ['PEM in base64', [base64(pem(chain))]],
    ['DER in hex', [hex(join(chain))]],
  ])('chain as %s', (_name, files) => {
    expect(verify('snp', { evidence: report, chain: files }).code).toBe('ok');
  });

  it.each([
    ['nothing', [], 'malformed'],
    ['an empty file', [new Uint8Array()], 'malformed'],
    ['words', [utf8ToBytes('not a certificate')], 'malformed'],
    ['another label', [utf8ToBytes(toPem(chain).replaceAll('CERTIFICATE', 'PRIVATE KEY'))], 'malformed'],
    ['words between', [utf8ToBytes(toPem(chain).replace('-----\n-----', '-----\nword\n-----'))], 'malformed'],
    ['a cut PEM', [pem(chain).slice(0, -10)], 'malformed'],
    ['trailing bytes', [join([...chain, Uint8Array.of(0)])], 'malformed'],
    ['twenty certificates', [pem(new Array<Uint8Array>(20).fill(chain[0] as Uint8Array))], 'too_large'],
    ['2 MiB', [new Uint8Array(2_097_152)], 'too_large'],
  ])('chain: %s', (_name, files, code) => {
    expect(verify('snp', { evidence: report, chain: files })).toMatchObject({
      accepted: false,
      code,
      deviceId: null,
    });
  });

  it('takes a revocation list as collateral', () => {
    const list = makeList({ issuer: root, revoked: [65_537] });
    const files = { evidence: report, chain };
    expect(verify('snp', { ...files, collateral: list }).code).toBe('revoked');
    expect(verify('snp', { ...files, collateral: hex(list) }).code).toBe('revoked');
    expect(verify('snp', { ...files, collateral: json({ crls: [bytesToBase64(list)] }) }).code).toBe(
      'revoked',
    );
    expect(verify('snp', { ...files, collateral: json({ crls: [] }) }).code).toBe('ok');
    expect(verify('snp', { ...files, collateral: json({ crls: ['!'] }) }).code).toBe('malformed');
    expect(verify('snp', { ...files, rims: [new Uint8Array()] }).code).toBe('malformed');
  });

  it('shows refused but sound evidence, and allows debugging on request', () => {
    const debug = makeSnp({ guestPolicy: 0xb0000n }).evidence;
    const files = { evidence: debug.report, chain: debug.chain };
    expect(verify('snp', files)).toMatchObject({
      code: 'debug',
      trustScore: 0,
      deviceId: 'c1'.repeat(64),
      validUntil: null,
    });
    expect(verify('snp', { ...files, allowDebug: true }).code).toBe('ok');
    expect(verify('snp', { ...files, allowDebug: true, nonce: new Uint8Array(32) }).code).toBe('nonce');
  });

  it('refuses evidence that is not one of the forms', () => {
    const long = utf8ToBytes('ab'.repeat(262_144));
    for (const bytes of [new Uint8Array(), utf8ToBytes('hello'), utf8ToBytes('{}'), long]) {
      expect(['malformed', 'too_large']).toContain(verify('snp', { evidence: bytes, chain }).code);
    }
    expect(verify('snp', { evidence: new Uint8Array(1_048_577), chain }).code).toBe('too_large');
  });
});

describe('collateral files of Intel', () => {
  const { evidence, file } = makeIntel();
  const members = JSON.parse(new TextDecoder().decode(file)) as Record<string, string>;
  const verifyWith = (changes: Record<string, unknown>) =>
    verify('tdx', { evidence: evidence.quote, collateral: json({ ...members, ...changes }) }).code;

  it('reads the JSON in which it is exchanged', () => {
    expect(verify('tdx', { evidence: evidence.quote, collateral: file })).toMatchObject({
      code: 'ok',
      tcbStatus: 'UpToDate',
      deviceId: 'ab'.repeat(16),
    });
    const list = bytesToBase64(hexToBytes(members.root_ca_crl ?? ''));
    expect(verifyWith({ root_ca_crl: list })).toBe('ok');
  });

  it.each(Object.keys(members))('needs %s', (name) => {
    expect(verifyWith({ [name]: undefined })).toBe('collateral_missing');
    expect(verifyWith({ [name]: '' })).toBe('collateral_missing');
    expect(verifyWith({ [name]: 7 })).toBe('malformed');
    expect(verifyWith({ [name]: '\ud800' })).toBe('malformed');
    expect(verifyWith({ [name]: 'zz' })).not.toBe('ok');
  });

  it('refuses what is not such a file', () => {
    for (const bytes of [
      new Uint8Array(),
      utf8ToBytes('[]'),
      utf8ToBytes('null'),
      Uint8Array.of(0xff),
      utf8ToBytes('{'),
    ]) {
      expect(verify('tdx', { evidence: evidence.quote, collateral: bytes }).code).toBe('malformed');
    }
    expect(verify('tdx', { evidence: evidence.quote }).code).toBe('collateral_missing');
    const deep = utf8ToBytes('['.repeat(100_000));
    expect(verify('tdx', { evidence: evidence.quote, collateral: deep }).code).toBe('malformed');
  });
});

describe('files of NVIDIA and statements', () => {
  const { gpu } = makeGpu();
  const rims = makeRims();
  const certificate = bytesToBase64(pem(gpu.chain));
  const entry = { arch: 'HOPPER', certificate, evidence: bytesToBase64(gpu.report), nonce: '9c'.repeat(32) };

  it.each([
    ['one entry', entry],
    ['a list', [entry]],
    ['evidences', { evidences: [entry] }],
    ['evidence_list', { nonce: entry.nonce, arch: 'HOPPER', evidence_list: [entry] }],
    [
      'report in hex, chain in PEM',
      { evidence: Buffer.from(gpu.report).toString('hex'), certificate: toPem(gpu.chain) },
    ],
  ])('JSON as %s', (_name, value) => {
    expect(verify('nvidia', { evidence: json(value), rims }).code).toBe('ok');
  });

  it('takes the chain from its own file where the JSON has none', () => {
    const evidence = json({ evidence: entry.evidence });
    expect(verify('nvidia', { evidence, rims, chain: [pem(gpu.chain)] }).code).toBe('ok');
    expect(verify('nvidia', { evidence, rims }).code).toBe('malformed');
    expect(verify('nvidia', { evidence: gpu.report, rims, chain: [pem(gpu.chain)] }).code).toBe('ok');
  });

  it.each([
    ['no evidence', {}, 'malformed'],
    ['evidence of another type', { ...entry, evidence: 7 }, 'malformed'],
    ['evidence in no form', { ...entry, evidence: '!!' }, 'malformed'],
    ['certificate with a lone surrogate', { ...entry, certificate: '\ud800' }, 'malformed'],
    ['entries that are no objects', { evidences: [7] }, 'malformed'],
    ['entries that are no list', { evidences: 7 }, 'malformed'],
    ['nine GPUs', new Array(9).fill(entry), 'too_large'],
  ])('JSON: %s', (_name, value, code) => {
    expect(verify('nvidia', { evidence: json(value), rims }).code).toBe(code);
  });

  const statementFile = ({
    chainId,
    provider,
    nonce,
    statement,
    publicKey,
    signature,
  }: SoftwareTest): object => ({
    chain_id: Number(chainId),
    provider,
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
      provider_pubkey: bytesToBase64(publicKey),
      signature: bytesToBase64(signature),
      timestamp: new Date(statement.timestamp * 1000).toISOString(),
      nonce: Buffer.from(nonce).toString('hex'),
    },
  });

  it.each(['ed25519', 'secp256k1'] as const)('statement under %s', (scheme) => {
    const evidence = json(statementFile(makeSoftware(scheme)));
    expect(verify('software', { evidence })).toMatchObject({ code: 'ok', deviceId: null, trustScore: 60 });
    const other = json({ ...statementFile(makeSoftware(scheme)), chain_id: '8' });
    expect(verify('software', { evidence: other }).code).toBe('signature');
    expect(verify('software', { evidence: utf8ToBytes('{}') }).code).toBe('malformed');
    const big = json({ ...statementFile(makeSoftware(scheme)), chain_id: 2 ** 60 });
    expect(verify('software', { evidence: big }).code).toBe('malformed');
  });
});
