import {
  codeOf,
  DAY,
  ecKey,
  flipS,
  ia5,
  integer,
  makeCertificate,
  makeList,
  makeSnp,
  NOW,
  pinCertificate,
  pssAlgorithm,
  rsaKey,
  type SnpTestOptions,
  TEST_POLICY,
  verifyTest,
  withSignature,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { isVerdictValidAt } from '../../src/attestation/verdict.ts';

const u32 = (value: number): Uint8Array => Uint8Array.of(value & 255, (value >> 8) & 255, 0, 0);
const AMD = '1.3.6.1.4.1.3704.1';
const without =
  (id: string) =>
  <T extends readonly [string, ...unknown[]]>(extensions: readonly T[]): readonly T[] =>
    extensions.filter(([oid]) => oid !== `${AMD}.${id}`);

// Everything here is correctly signed: only the content is wrong.
const REPORTS: readonly (readonly [name: string, options: SnpTestOptions, code: string])[] = [
  ['version 4', { patches: [[0, u32(4)]] }, 'unsupported'],
  ['signature algorithm 2', { patches: [[0x34, u32(2)]] }, 'unsupported'],
  ['unknown signing key', { patches: [[0x48, u32(7 << 2)]] }, 'unsupported'],
  ['reserved key information', { patches: [[0x48, u32(1 << 5)]] }, 'malformed'],
  ['privilege level 4', { vmpl: 4 }, 'malformed'],
  ['reserved TCB byte', { patches: [[0x182, Uint8Array.of(1)]] }, 'malformed'],
  ['unknown processor model', { patches: [[0x188, Uint8Array.of(0x19, 0x20)]] }, 'unsupported'],
  ['model just above Turin', { product: 'Turin', patches: [[0x189, Uint8Array.of(0x12)]] }, 'unsupported'],
  ['another generation than the certificate', { patches: [[0x188, Uint8Array.of(0x19, 0x0f)]] }, 'binding'],
  ['chip key on a report that names a cloud key', { patches: [[0x48, u32(4)]] }, 'binding'],
  ['another chip', { chipId: new Uint8Array(64).fill(9) }, 'binding'],
  [
    'Turin chip id longer than 8 bytes',
    { product: 'Turin', chipId: new Uint8Array(64).fill(0xc1) },
    'binding',
  ],
  ['debugging', { guestPolicy: 0xb0000n }, 'debug'],
  ['migration agent', { guestPolicy: 0x70000n }, 'policy'],
];
for (let part = 1; part < 5; part++) {
  const reportedTcb = [1, 2, 3, 4, 5].map((value, i) => value + Number(i === part)) as never;
  (REPORTS as unknown[]).push([`reported level differs in part ${part}`, { reportedTcb }, 'binding']);
}

const CERTIFICATES: readonly (readonly [name: string, options: SnpTestOptions, code: string])[] = [
  ['leaf of yesterday', { leaf: { until: NOW - 1 } }, 'expired'],
  ['leaf of tomorrow', { leaf: { from: NOW + 1 } }, 'expired'],
  ['authority of yesterday', { authority: { until: NOW - 1 } }, 'expired'],
  ['root that nobody names', { root: { serial: 99 } }, 'chain'],
  ['authority that is none', { authority: { isCa: false } }, 'chain'],
  [
    'authority without constraints',
    { authority: { isCa: undefined as never, pathLength: undefined as never } },
    'chain',
  ],
  ['authority that may not sign certificates', { authority: { keyUsage: 0x80 } }, 'chain'],
  ['leaf that is an authority', { leaf: { isCa: true } }, 'chain'],
  ['leaf naming another issuer', { leaf: { issuerName: 'SEV-Other' } }, 'chain'],
  ['leaf of version 1', { leaf: { version: 0 } }, 'unsupported'],
  [
    'unknown critical extension',
    { leafExtensions: (all) => [...all, ['1.2.3.4', integer(1), true]] },
    'unsupported',
  ],
  ['extension twice', { leafExtensions: (all) => [...all, ...all.slice(0, 1)] }, 'malformed'],
  ['two algorithms', { leaf: { innerAlgorithm: pssAlgorithm(32) } }, 'malformed'],
  ['salt of 32 bytes', { leaf: { algorithm: pssAlgorithm(32) } }, 'unsupported'],
  ['P-256 key', { leaf: { key: ecKey('p256', 'x') } }, 'unsupported'],
  ['RSA key', { leaf: { key: rsaKey(1) } }, 'unsupported'],
  [
    'product "Naples"',
    { leafExtensions: (all) => [...without('2')(all), [`${AMD}.2`, ia5('Naples')]] },
    'unsupported',
  ],
  ['no product', { leafExtensions: without('2') }, 'malformed'],
  ['no microcode version', { leafExtensions: without('3.8') }, 'malformed'],
  [
    'microcode version 256',
    { leafExtensions: (all) => [...without('3.8')(all), [`${AMD}.3.8`, integer(256)]] },
    'malformed',
  ],
  ['neither chip nor cloud', { leafExtensions: without('4') }, 'malformed'],
  ['chip and cloud', { leafExtensions: (all) => [...all, [`${AMD}.5`, ia5('CN=x')]] }, 'malformed'],
  ['hardware id of 9 bytes', { hardwareId: new Uint8Array(9), chipId: new Uint8Array(64) }, 'malformed'],
];

describe('SEV-SNP', () => {
  it.each(REPORTS)('report: %s', (_name, options, code) => {
    expect(codeOf(makeSnp(options).evidence)).toBe(code);
  });

  it.each(CERTIFICATES)('certificate: %s', (_name, options, code) => {
    expect(codeOf(makeSnp(options).evidence)).toBe(code);
  });

  it('refuses every flipped byte of the report', () => {
    const { evidence } = makeSnp();
    const codes = new Set<string>();
    for (let offset = 0; offset < evidence.report.length; offset += 7) {
      const report = evidence.report.slice();
      report[offset] = (report[offset] ?? 0) ^ 0x10;
      const code = codeOf({ ...evidence, report });
      if (code === 'ok') throw new Error(`offset ${offset} does not matter`);
      codes.add(code);
    }
    expect([...codes].sort()).toEqual(['malformed', 'signature', 'unsupported']);
  });

  it('refuses every other length', () => {
    const { evidence } = makeSnp();
    for (const size of [0, 1, 0x29f, 0x2a0, 0x49f]) {
      expect(codeOf({ ...evidence, report: evidence.report.slice(0, size) })).toBe('malformed');
    }
    expect(codeOf({ ...evidence, report: new Uint8Array([...evidence.report, 0]) })).toBe('malformed');
    expect(codeOf({ ...evidence, report: new Uint8Array(16_385) })).toBe('too_large');
  });

  it('gives s → n − s the same replay key', () => {
    const { evidence, key } = makeSnp();
    const raw = key.signRaw(evidence.report.slice(0, 0x2a0));
    const other = { ...evidence, report: withSignature(evidence.report, flipS(raw, key.order)) };
    expect(other.report).not.toEqual(evidence.report);
    const verdicts = [verifyTest(evidence), verifyTest(other)];
    const [first, second] = verdicts.map((verdict) =>
      verdict.accepted ? verdict.devices[0]?.replayKey : '',
    );
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toBe(first);
  });

  it('takes the chip from the certificate where the report masks it, and none from a cloud', () => {
    const masked = verifyTest(makeSnp({ chipId: new Uint8Array(64) }).evidence);
    expect(masked).toMatchObject({ accepted: true, devices: [{ id: 'c1'.repeat(64) }] });
    const { evidence } = makeSnp({ keyKind: 'vlek' });
    expect(verifyTest(evidence)).toMatchObject({ accepted: true, devices: [{ id: undefined }] });
    const policy = { ...TEST_POLICY, requiresDeviceId: true };
    expect(codeOf(evidence, {}, { policy })).toBe('policy');
  });

  it('accepts a test root only where the policy names it, and for its generation only', () => {
    const { evidence, root } = makeSnp({ product: 'Genoa' });
    expect(codeOf(evidence, {}, { policy: { ...TEST_POLICY, testRoots: [] } })).toBe('chain');
    const testRoots = [pinCertificate('amd-milan', root)];
    expect(codeOf(evidence, {}, { policy: { ...TEST_POLICY, testRoots } })).toBe('chain');
    expect(codeOf(evidence, {}, { policy: { ...TEST_POLICY, roots: testRoots, testRoots: [] } })).toBe(
      'chain',
    );
    const right = [pinCertificate('amd-genoa', root)];
    expect(codeOf(evidence, {}, { policy: { ...TEST_POLICY, roots: right, testRoots: [] } })).toBe('ok');
  });

  it('refuses chains that are too short, too long, in another order or with a certificate twice', () => {
    const { evidence, leaf, authority, root } = makeSnp();
    const chains: readonly (readonly [readonly Uint8Array[], string])[] = [
      [[], 'malformed'],
      [[leaf.der], 'chain'],
      [[leaf.der, authority.der], 'chain'],
      [[authority.der, leaf.der, root.der], 'chain'],
      [[leaf.der, root.der, authority.der], 'chain'],
      [[leaf.der, authority.der, authority.der], 'chain'],
      [[leaf.der, root.der, root.der], 'chain'],
      [[leaf.der, authority.der, root.der, root.der], 'chain'],
      [new Array<Uint8Array>(9).fill(leaf.der), 'too_large'],
    ];
    for (const [chain, code] of chains) expect(codeOf({ ...evidence, chain })).toBe(code);
  });

  it('refuses a cycle of two authorities that vouch for each other', () => {
    const one = { commonName: 'A', key: ecKey('p384', 'cycle a'), isCa: true };
    const two = { commonName: 'B', key: ecKey('p384', 'cycle b'), isCa: true };
    const a = makeCertificate({ ...one, issuer: { ...two, der: new Uint8Array() } });
    const b = makeCertificate({ ...two, issuer: { ...one, der: new Uint8Array() } });
    const { evidence } = makeSnp();
    const leaf = makeCertificate({ commonName: 'leaf', key: ecKey('p384', 'leaf'), issuer: a });
    const testRoots = [pinCertificate('amd-genoa', b)];
    const policy = { ...TEST_POLICY, testRoots };
    expect(codeOf({ ...evidence, chain: [leaf.der, a.der, b.der] }, {}, { policy })).toBe('chain');
  });

  it('honours the minimum firmware level and the privilege level of the policy', () => {
    const tcb = { fmc: 0, bootLoader: 2, tee: 3, snp: 4, microcode: 5 };
    const withMin = (tcbMin: object, vmplMax = 3) => ({
      policy: { ...TEST_POLICY, snp: { ...TEST_POLICY.snp, tcbMin, vmplMax } },
    });
    const { evidence } = makeSnp();
    expect(codeOf(evidence, {}, withMin({ Genoa: tcb }))).toBe('ok');
    expect(codeOf(evidence, {}, withMin({ Genoa: { ...tcb, microcode: 6 } }))).toBe('tcb');
    expect(codeOf(evidence, {}, withMin({ Milan: { ...tcb, microcode: 6 } }))).toBe('ok');
    expect(codeOf(makeSnp({ vmpl: 1 }).evidence, {}, withMin({}, 1))).toBe('ok');
    expect(codeOf(makeSnp({ vmpl: 1 }).evidence, {}, withMin({}, 0))).toBe('policy');
  });

  it('checks the lists of the root: revoked, stale, foreign, garbage, forged, missing', () => {
    const { evidence, authority, root } = makeSnp();
    const lists: readonly (readonly [Uint8Array, string])[] = [
      [makeList({ issuer: root }), 'ok'],
      [makeList({ issuer: root, revoked: [65_537] }), 'revoked'],
      [makeList({ issuer: authority, revoked: [7] }), 'revoked'],
      [makeList({ issuer: root, revoked: [65_538] }), 'ok'],
      [makeList({ issuer: root, until: NOW - 1 }), 'expired'],
      [makeList({ issuer: root, from: NOW + 1 }), 'expired'],
      [makeList({ issuer: root, issuerName: 'Other' }), 'collateral_mismatch'],
      [makeList({ issuer: root, key: rsaKey(1) }), 'signature'],
      [makeList({ issuer: root, withoutNextUpdate: true }), 'malformed'],
      [makeList({ issuer: root, extensions: [['2.5.29.28', integer(1), true]] }), 'unsupported'],
      [new Uint8Array(), 'malformed'],
      [Uint8Array.of(0x30, 0), 'malformed'],
    ];
    for (const [list, code] of lists) expect(codeOf(evidence, { lists: [list] })).toBe(code);
    const policy = { ...TEST_POLICY, requiresRevocationLists: true };
    expect(codeOf(evidence, {}, { policy })).toBe('collateral_missing');
    expect(codeOf(evidence, { lists: [makeList({ issuer: root })] }, { policy })).toBe('ok');
  });

  it('ends its validity with the first of policy, list and certificate', () => {
    const { evidence, root } = makeSnp({ leaf: { until: NOW + 5 * DAY } });
    const until = (lifetimeSeconds: number, lists: readonly Uint8Array[] = []): number => {
      const verdict = verifyTest(evidence, { lists }, { policy: { ...TEST_POLICY, lifetimeSeconds } });
      return verdict.accepted ? verdict.validUntil : -1;
    };
    expect(until(60)).toBe(NOW + 60);
    expect(until(9 * DAY)).toBe(NOW + 5 * DAY);
    expect(until(9 * DAY, [makeList({ issuer: root, until: NOW + DAY })])).toBe(NOW + DAY);
    const verdict = verifyTest(evidence, {}, { policy: { ...TEST_POLICY, lifetimeSeconds: 60 } });
    expect(
      [NOW - 365 * DAY - 1, NOW, NOW + 60, NOW + 61].map((now) => isVerdictValidAt(verdict, now)),
    ).toEqual([false, true, true, false]);
  });
});
