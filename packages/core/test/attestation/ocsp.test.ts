import { ATTESTATION_LIMITS, noblePrimitives } from '@aivm/core/attestation';
import {
  codeOf,
  DAY,
  ecKey,
  makeCertificate,
  makeGpu,
  makeList,
  makeRims,
  makeStatusResponse,
  NOW,
  NVIDIA_DEVICE_ROOT,
  NVIDIA_RIM_ROOT,
  type StatusResponseOptions,
  TEST_POLICY,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { parseChain } from '../../src/attestation/x509/chain.ts';
import { assertStatusResponse, isStatusOf, parseStatusResponse } from '../../src/attestation/x509/ocsp.ts';
import { pemToCertificates } from '../../src/attestation/x509/pem.ts';
import { readSignedXml } from '../../src/attestation/xml/signature.ts';
import { parseXml } from '../../src/attestation/xml/tree.ts';
import { FIXTURES_TITLE, hasFixtures, readFixture } from './support/fixtures.ts';

const { gpu, certificates } = makeGpu();
const rims = makeRims();
const evidence = { kind: 'nvidia', gpus: [gpu] } as const;
const [, , provisioner, identity] = certificates;
if (provisioner === undefined || identity === undefined) throw new Error('chain');
const rimAuthority = (commonName: string) => ({ commonName, key: ecKey('p384', commonName) });

/** Every certificate below the roots but the GPU's own leaf: who issued it, and its serial number. */
const ASKED: readonly StatusResponseOptions[] = [
  { issuer: NVIDIA_DEVICE_ROOT, serial: 30 },
  { issuer: identity, serial: 31 },
  { issuer: provisioner, serial: 32 },
  { issuer: NVIDIA_RIM_ROOT, serial: 7 },
  { issuer: rimAuthority('Test RIM L2'), serial: 7 },
  { issuer: rimAuthority('Test RIM L3'), serial: 7 },
];
const ALL = ASKED.map(makeStatusResponse);
const policy = { ...TEST_POLICY, requiresRevocationLists: true };
const verify = (responses: readonly Uint8Array[], lists: readonly Uint8Array[] = []) =>
  codeOf(evidence, { rims, responses, lists }, { policy });

describe('OCSP responses as collateral', () => {
  it('answer for every certificate, alone or together with lists', () => {
    expect(verify(ALL)).toBe('ok');
    const rootLists = [NVIDIA_DEVICE_ROOT, NVIDIA_RIM_ROOT].map((issuer) => makeList({ issuer }));
    expect(verify([], rootLists)).toBe('collateral_missing');
    expect(verify([ALL[1], ALL[2], ALL[4], ALL[5]] as Uint8Array[], rootLists)).toBe('ok');
    for (const i of ALL.keys()) expect(verify(ALL.toSpliced(i, 1))).toBe('collateral_missing');
  });

  it('end the evidence with themselves', () => {
    const verdict = verifyTest(evidence, { rims, responses: ALL }, { policy });
    expect(verdict.accepted && verdict.validUntil).toBe(NOW + DAY);
    const short = makeStatusResponse({ ...(ASKED[2] as StatusResponseOptions), until: NOW + 60 });
    const ending = verifyTest(evidence, { rims, responses: ALL.with(2, short) }, { policy });
    expect(ending.accepted && ending.validUntil).toBe(NOW + 60);
  });

  const at = (i: number, more: Partial<StatusResponseOptions>) =>
    ALL.with(i, makeStatusResponse({ ...(ASKED[i] as StatusResponseOptions), ...more }));
  const stranger = makeCertificate({
    commonName: 'Stranger',
    key: ecKey('p384', 'x'),
    isCa: true,
    keyUsage: 6,
  });
  it.each<readonly [code: string, name: string, responses: readonly Uint8Array[]]>([
    ['ok', 'signed by the issuer itself', at(2, { isDirect: true })],
    ['revoked', 'a revoked device', at(2, { status: 'revoked' })],
    ['revoked', 'a revoked signer of manifests', at(5, { status: 'revoked' })],
    ['collateral_mismatch', 'unknown to its issuer', at(1, { status: 'unknown' })],
    ['collateral_mismatch', 'about another certificate', at(1, { serial: 99 })],
    ['expired', 'over', at(1, { from: NOW - 100, until: NOW - 1 })],
    ['expired', 'not yet', at(1, { from: NOW + 1 })],
    ['chain', 'a responder of another issuer', at(1, { responderIssuer: stranger })],
    ['chain', 'a certificate for another purpose', at(1, { purpose: '1.3.6.1.5.5.7.3.1' })],
    ['signature', 'signed with another key', at(1, { signingKey: ecKey('p384', 'x') })],
    ['collateral_missing', 'no answer at all', at(1, { code: 3 })],
    ['malformed', 'cut', ALL.with(0, (ALL[0] as Uint8Array).subarray(0, 100))],
    ['too_large', 'too large', ALL.with(0, new Uint8Array(ATTESTATION_LIMITS.responseBytesMax + 1))],
    ['too_large', 'too many', new Array<Uint8Array>(41).fill(ALL[0] as Uint8Array)],
  ])('%s: %s', (code, _name, responses) => {
    expect(verify(responses)).toBe(code);
  });

  it('refuses each flipped byte', () => {
    const [first] = ALL as [Uint8Array];
    for (let i = 0; i < first.length; i += 13) {
      const flipped = first.slice();
      flipped[i] = (flipped[i] ?? 0) ^ 0x10;
      expect(verify(ALL.with(0, flipped)), `byte ${i}`).not.toBe('ok');
    }
  });
});

describe.skipIf(!hasFixtures)(`OCSP responses of NVIDIA: ${FIXTURES_TITLE}`, () => {
  const folder = 'nvidia/h100-550.90.07';
  const text = (file: string) => new TextDecoder().decode(readFixture(`${folder}/${file}`));
  const response = (name: string) =>
    parseStatusResponse(new Uint8Array(Buffer.from(text(`ocsp/${name}.b64`).replace(/\s/g, ''), 'base64')));
  const gpuChain = () => parseChain(pemToCertificates(text('chain.pem'), 'chain'));
  const rimChain = (name: string) =>
    parseChain(readSignedXml(parseXml(readFixture(`${folder}/${name}-rim.xml`), 'RIM')).certificates);
  it.each([
    ['test_gpu_certificate_l2', gpuChain, 3],
    ['test_gpu_certificate_l3', gpuChain, 2],
    ['test_gpu_certificate_l4', gpuChain, 1],
    ['test_gpu_rim_l2', () => rimChain('driver'), 2],
    ['test_gpu_driver_rim_l3', () => rimChain('driver'), 1],
    ['test_gpu_driver_rim_l4', () => rimChain('driver'), 0],
    ['test_gpu_vbios_l4', () => rimChain('vbios'), 0],
  ] as const)('%s', (name, chainOf, place) => {
    const chain = chainOf();
    const parsed = response(name);
    const about = chain
      .slice(0, -1)
      .map((certificate, at) => ({ certificate, issuer: chain[at + 1] ?? certificate }))
      .map((link) => isStatusOf(parsed, link, noblePrimitives));
    expect(about.indexOf(true)).toBe(place);
    const issuer = chain[place + 1];
    if (issuer === undefined) throw new Error('issuer');
    const { from, until } = assertStatusResponse(parsed, issuer, noblePrimitives);
    expect([parsed.status, until - from]).toEqual(['good', DAY]);
  });
});
