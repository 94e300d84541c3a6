import { type AttestationKind, attestationBinding, attestationNonce } from '@aivm/core/attestation';
import { concatBytes } from '@aivm/core/bytes';
import {
  ecKey,
  flipS,
  makeCertificate,
  makeGpu,
  makeList,
  makeSnp,
  makeSoftware,
  NOW,
  NVIDIA_DEVICE_ROOT,
  NVIDIA_RIM_ROOT,
  rsaKey,
  SNP_TEST_ROOT,
  verifyTest,
  withSignature,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import {
  type Asked,
  body,
  bytesAt,
  changed,
  codeFor,
  GOOD,
  GPU,
  gpu,
  intel,
  type Kind,
  LAUGHS,
  QE_AT,
  QUOTE,
  REPORT,
  rim,
  SIGNATURE_AT,
  snp,
  snpList,
  stranger,
  table,
  write,
  xml,
} from './support/bad-input.ts';

const spdm = bytesAt('nvidia', GPU);

/** Two authorities that vouch for each other. */
function makeCycle(curve: 'p256' | 'p384'): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const one = { commonName: 'A', key: ecKey(curve, 'cycle a'), isCa: true };
  const two = { commonName: 'B', key: ecKey(curve, 'cycle b'), isCa: true };
  const a = makeCertificate({ ...one, issuer: { ...two, der: new Uint8Array() } });
  const b = makeCertificate({ ...two, issuer: { ...one, der: new Uint8Array() } });
  const leaf = makeCertificate({ commonName: 'leaf', key: ecKey(curve, 'cycle leaf'), issuer: a });
  return [leaf.der, a.der, b.der];
}

const [cycleLeaf, cycleA, cycleB] = makeCycle('p384');
const [gpuLeaf] = makeGpu().gpu.chain as readonly [Uint8Array];
table('cyclic or too long chains', [
  ['SNP, a cycle', changed('snp', 'evidence.chain', () => [cycleLeaf, cycleA, cycleB, cycleA]), 'chain'],
  ['SNP, nine', changed('snp', 'evidence.chain', (all) => new Array(9).fill(all[0])), 'too_large'],
  [
    'GPU, a cycle',
    changed('nvidia', 'evidence.gpus.0.chain', () => [gpuLeaf, cycleA, cycleB, cycleA, cycleB]),
    'chain',
  ],
  ['GPU, nine', changed('nvidia', 'evidence.gpus.0.chain', () => new Array(9).fill(gpuLeaf)), 'too_large'],
  ['manifest, a cycle', rim({ chain: ([leaf]) => [leaf as Uint8Array, cycleA, cycleB, cycleA] }), 'chain'],
  ['manifest, nine', rim({ chain: ([leaf]) => new Array(9).fill(leaf) }), 'too_large'],
  ['documents, a cycle', changed('tdx', 'collateral.intel.tcbInfo.chain', () => makeCycle('p256')), 'chain'],
  [
    'documents, nine',
    changed('tdx', 'collateral.intel.tcbInfo.chain', (all) => new Array(9).fill(all[0])),
    'too_large',
  ],
]);

const YESTERDAY = { until: NOW - 1 };
const TOMORROW = { from: NOW + 1 };
table('certificates of yesterday or tomorrow', [
  ['SNP leaf of yesterday', snp({ leaf: YESTERDAY }), 'expired'],
  ['SNP leaf of tomorrow', snp({ leaf: TOMORROW }), 'expired'],
  ['SNP authority of yesterday', snp({ authority: YESTERDAY }), 'expired'],
  ['platform of yesterday', intel({ pck: YESTERDAY }), 'expired'],
  ['platform of tomorrow', intel({ pck: TOMORROW }), 'expired'],
  ['platform authority of yesterday', intel({ authority: YESTERDAY }), 'expired'],
  ['signer of documents of tomorrow', intel({ signer: TOMORROW }), 'expired'],
  ['GPU of yesterday', gpu({ leaf: YESTERDAY }), 'expired'],
  ['GPU of tomorrow', gpu({ leaf: TOMORROW }), 'expired'],
  ['signer of the manifest of yesterday', rim({ leaf: YESTERDAY }), 'expired'],
  ['signer of the manifest of tomorrow', rim({ leaf: TOMORROW }), 'expired'],
]);

const platformList = (list: Uint8Array): Asked => changed('tdx', 'collateral.intel.platformList', () => list);
const gpuList = (list: Uint8Array): Asked => ({
  ...GOOD.nvidia,
  collateral: { ...GOOD.nvidia.collateral, lists: [list] },
});
const GARBAGE = Uint8Array.of(0x30, 0x82, 0xde, 0xad);
const FOREIGN = makeList({ issuer: stranger });
const NOTHING = new Uint8Array();
table('lists', [
  ['SNP, empty', snpList(NOTHING), 'malformed'],
  ['SNP, garbage', snpList(GARBAGE), 'malformed'],
  ['SNP, stale', snpList(makeList({ issuer: SNP_TEST_ROOT, ...YESTERDAY })), 'expired'],
  ['SNP, foreign', snpList(FOREIGN), 'collateral_mismatch'],
  ['SNP, forged', snpList(makeList({ issuer: SNP_TEST_ROOT, key: rsaKey(1) })), 'signature'],
  ['platform, empty', platformList(NOTHING), 'collateral_missing'],
  ['platform, garbage', platformList(GARBAGE), 'malformed'],
  ['platform, stale', intel({ platformList: YESTERDAY }), 'expired'],
  ['platform, foreign', platformList(FOREIGN), 'collateral_mismatch'],
  ['platform, forged', intel({ platformList: { key: ecKey('p256', 'x') } }), 'signature'],
  ['platform, not yet', intel({ platformList: TOMORROW }), 'expired'],
  ['root, empty', changed('tdx', 'collateral.intel.rootList', () => NOTHING), 'collateral_missing'],
  ['root, stale', intel({ rootList: YESTERDAY }), 'expired'],
  ['root, foreign', changed('tdx', 'collateral.intel.rootList', () => FOREIGN), 'collateral_mismatch'],
  ['GPU, empty', gpuList(NOTHING), 'malformed'],
  ['GPU, garbage', gpuList(GARBAGE), 'malformed'],
  ['GPU, stale', gpuList(makeList({ issuer: NVIDIA_DEVICE_ROOT, ...YESTERDAY })), 'expired'],
  ['GPU, foreign', gpuList(FOREIGN), 'collateral_mismatch'],
  ['manifest, stale', gpuList(makeList({ issuer: NVIDIA_RIM_ROOT, ...YESTERDAY })), 'expired'],
]);

table('references for something else', [
  ['TCB info of another FMSPC', intel({ tcbInfo: { fmspc: '00906ED50000' } }), 'collateral_mismatch'],
  ['platform of another FMSPC', intel({ fmspc: '00906ed50000' }), 'collateral_mismatch'],
  ['manifest of another driver version', rim({ version: '550.90.08' }), 'rim_mismatch'],
  ['manifest of another product', rim({ product: 'GB100' }), 'rim_mismatch'],
  ['GPU with another driver', gpu({ driver: '575.32' }), 'rim_mismatch'],
]);

const forged = body.replace('ns2:Hash0="0101', 'ns2:Hash0="0201');
const [signature = ''] = /<ds:Signature .*<\/ds:Signature>/s.exec(body) ?? [];
const OBJECT = `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${body}</ds:Object>`;

table('signature wrapping, document types and entities', [
  [
    'signed document inside a forged one',
    xml(forged.replace('</SoftwareIdentity>', `${body}</SoftwareIdentity>`)),
    'malformed',
  ],
  [
    'signed document inside the signature',
    xml(forged.replace('</ds:Signature>', `${OBJECT}</ds:Signature>`)),
    'malformed',
  ],
  ['both below a new root', xml(`<root>${forged}${body}</root>`), 'malformed'],
  ['both, one behind the other', xml(body + forged), 'malformed'],
  ['reference to the signed part by id', xml(forged.replace('URI=""', 'URI="#signed"')), 'malformed'],
  ['two signatures', xml(body.replace(signature, signature + signature)), 'malformed'],
  ['document type', xml(`<!DOCTYPE SoftwareIdentity>${body}`), 'malformed'],
  ['external document type', xml(`<!DOCTYPE x SYSTEM "file:///etc/passwd">${body}`), 'malformed'],
  [
    'external entity',
    xml(`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${body.replace('GH100', '&e;')}`),
    'malformed',
  ],
  [
    'a billion laughs',
    xml(`<!DOCTYPE x [<!ENTITY l0 "ha">${LAUGHS}]>${body.replace('GH100', '&l20;')}`),
    'malformed',
  ],
  ['undeclared entity', xml(body.replace('GH100', '&e;')), 'malformed'],
  ['character that is none', xml(body.replace('GH100', '&#0;')), 'malformed'],
]);

describe('s → n − s', () => {
  const raw = (bytes: Uint8Array, offset: number, size: number) => bytes.slice(offset, offset + size);
  const p256 = ecKey('p256', 'any').order;
  const p384 = ecKey('p384', 'any').order;
  const mirrored = (offset: number, size: 64 | 96) => (bytes: Uint8Array) =>
    write(
      offset < 0 ? bytes.length + offset : offset,
      ...flipS(raw(bytes, offset < 0 ? bytes.length + offset : offset, size), size === 64 ? p256 : p384),
    )(bytes);
  const report = bytesAt('snp', REPORT);
  const other = makeSnp().key.signRaw(report.slice(0, 0x2a0));
  const rows: readonly (readonly [string, Kind, Asked])[] = [
    ['of a report', 'snp', changed('snp', REPORT, () => withSignature(report, flipS(other, p384)))],
    ['of a quote', 'tdx', changed('tdx', QUOTE, mirrored(SIGNATURE_AT, 64))],
    ['of a quoting enclave', 'tdx', changed('tdx', QUOTE, mirrored(QE_AT + 384, 64))],
    ['of a document', 'tdx', changed('tdx', 'collateral.intel.tcbInfo.signature', mirrored(0, 64))],
    ['of a GPU report', 'nvidia', changed('nvidia', GPU, mirrored(spdm.length - 96, 96))],
  ];
  it.each(rows)('%s is the same evidence with the same replay key', (_, kind, asked) => {
    expect(asked).not.toEqual(GOOD[kind]);
    const good: Asked = GOOD[kind];
    expect(verifyTest(asked.evidence, asked.collateral)).toEqual(verifyTest(good.evidence, good.collateral));
  });
  it('of a statement is refused', () => {
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    expect(codeFor(changed('software', 'evidence.signature', (bytes) => flipS(bytes, order)))).toBe(
      'signature',
    );
  });
});

const OPERATOR = new Uint8Array(20).fill(1);
const BLOCK = new Uint8Array(32).fill(2);
const bindingOf = (changes: {
  chainId?: bigint;
  operator?: Uint8Array;
  blockId?: Uint8Array;
  kind?: AttestationKind;
}) => {
  const { chainId = 7n, operator = OPERATOR, blockId = BLOCK, kind = 'snp' } = changes;
  const nonce = attestationNonce({ chainId, operator, blockId });
  return attestationBinding({ chainId, operator, nonce, kind, sessionKey: Uint8Array.of(3) });
};
const nonced = (nonce: Uint8Array): Asked => ({
  ...snp({ reportData: concatBytes(bindingOf({}), new Uint8Array(32)) }),
  options: { nonce },
});

table('a nonce', [
  ['of its own', nonced(bindingOf({})), 'ok'],
  ['of another provider', nonced(bindingOf({ operator: new Uint8Array(20) })), 'nonce'],
  ['of another chain', nonced(bindingOf({ chainId: 8n })), 'nonce'],
  ['of another epoch', nonced(bindingOf({ blockId: new Uint8Array(32) })), 'nonce'],
  ['of another kind of evidence', nonced(bindingOf({ kind: 'tdx' })), 'nonce'],
  [
    'of two GPUs that were asked apart',
    {
      evidence: {
        kind: 'nvidia',
        gpus: [makeGpu().gpu, makeGpu({ device: 'b', nonce: new Uint8Array(32) }).gpu],
      },
      collateral: GOOD.nvidia.collateral,
    },
    'nonce',
  ],
  [
    'of another claimant',
    { ...GOOD.software, evidence: makeSoftware('secp256k1'), options: { claimant: { chainId: 8n } } },
    'binding',
  ],
]);

table('an LS10 switch that poses as a GPU', [
  ['with a certificate that says so', gpu({ deviceName: 'NVIDIA:LS10:0123456789ABCDEF' }), 'not_a_gpu'],
  [
    'beside a GPU',
    {
      evidence: {
        kind: 'nvidia',
        gpus: [makeGpu().gpu, makeGpu({ device: 'b', deviceName: 'NVIDIA:LS10:0123456789ABCDEF' }).gpu],
      },
      collateral: GOOD.nvidia.collateral,
    },
    'not_a_gpu',
  ],
]);
