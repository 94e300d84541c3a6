import { concatBytes } from '@aivm/core/bytes';
import {
  codeOf,
  ecKey,
  type IntelTestOptions,
  makeIntel,
  makeList,
  NOW,
  octets,
  pinCertificate,
  sequence,
  TEST_POLICY,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const at = (offset: number, ...bytes: readonly number[]) => [[offset, Uint8Array.from(bytes)]] as const;
const TD_BODY = 54;

/** Everything is signed by whom it should be, unless the entry says otherwise. */
const CASES: readonly (readonly [name: string, options: IntelTestOptions, code: string])[] = [
  ['version 2', { patches: at(0, 2) }, 'unsupported'],
  ['version 6', { patches: at(0, 6) }, 'unsupported'],
  ['version 3 for TDX', { kind: 'sgx', patches: at(4, 0x81) }, 'unsupported'],
  ['key type', { patches: at(2, 3) }, 'unsupported'],
  ['environment', { patches: at(4, 0x82) }, 'unsupported'],
  ['vendor of the quoting enclave', { patches: at(12, 0) }, 'unsupported'],
  ['body type 4', { patches: at(48, 4) }, 'unsupported'],
  ['body type 0', { patches: at(48, 0) }, 'unsupported'],
  ['body size', { patches: at(50, 0x89) }, 'malformed'],
  ['enclave body in a TD quote', { patches: at(48, 1, 0, 0x80, 1, 0, 0) }, 'malformed'],
  ['certification data of type 1', { certificationType: 1 }, 'unsupported'],
  ['a byte behind the quote', { padding: Uint8Array.of(0, 0, 1) }, 'malformed'],
  ['enclave that can be debugged', { kind: 'sgx', patches: at(48 + 48, 0x06) }, 'debug'],
  ['TD that can be debugged', { patches: at(TD_BODY + 120, 1) }, 'debug'],
  ['TD with another bit of that byte', { patches: at(TD_BODY + 120, 2) }, 'debug'],
  ['a service TD', { patches: at(TD_BODY + 600, 1) }, 'measurement'],
  ['module not signed by Intel', { patches: at(TD_BODY + 64, 1) }, 'tcb'],
  ['module with other attributes', { patches: at(TD_BODY + 112, 1) }, 'tcb'],
  ['module of an unknown generation', { patches: at(TD_BODY, 6, 9) }, 'tcb'],
  ['module out of date', { patches: at(TD_BODY, 2, 1) }, 'tcb'],
  ['module below every level', { patches: at(TD_BODY, 1, 1) }, 'tcb'],
  ['platform out of date', { platformSvn: [...new Array<number>(16).fill(2), 11] }, 'tcb'],
  ['platform below every level', { platformSvn: new Array<number>(17).fill(0) }, 'tcb'],
  ['one part of the platform below', { platformSvn: [...new Array<number>(15).fill(5), 0, 11] }, 'tcb'],
  ['PCE below', { platformSvn: [...new Array<number>(16).fill(5), 10] }, 'tcb'],
  ['quoting enclave out of date', { qePatches: at(258, 5) }, 'tcb'],
  ['quoting enclave below every level', { qePatches: at(258, 3) }, 'tcb'],
  ['quoting enclave of another signer', { qePatches: at(128, 0) }, 'binding'],
  ['quoting enclave of another product', { qePatches: at(256, 9) }, 'binding'],
  ['quoting enclave with other attributes', { qePatches: at(48, 0x13) }, 'binding'],
  ['attestation key not bound', { qePatches: at(320, 0xff, 0xff) }, 'binding'],
  ['report data of the quoting enclave goes on', { qePatches: at(383, 1) }, 'binding'],
  ['TCB info of another platform', { fmspc: '90c06f000001' }, 'collateral_mismatch'],
  ['TCB info of another PCE', { tcbInfo: { pceId: '0001' } }, 'collateral_mismatch'],
  ['TCB info for SGX', { tcbInfo: { id: 'SGX' } }, 'collateral_mismatch'],
  ['TCB info of version 2', { tcbInfo: { version: 2 } }, 'unsupported'],
  ['TCB info of another type', { tcbInfo: { tcbType: 1 } }, 'unsupported'],
  ['TCB info of yesterday', { tcbInfo: { nextUpdate: '2025-06-14T00:00:00Z' } }, 'expired'],
  ['TCB info of tomorrow', { tcbInfo: { issueDate: '2025-06-16T00:00:00Z' } }, 'expired'],
  ['TCB info with local time', { tcbInfo: { issueDate: '2025-06-14T00:00:00+01:00' } }, 'malformed'],
  [
    'TCB info with an unknown status',
    { tcbInfo: { tcbLevels: [{ tcb: {}, tcbStatus: 'Fine' }] } },
    'malformed',
  ],
  ['TCB info without levels', { tcbInfo: { tcbLevels: [] } }, 'tcb'],
  ['TCB info without modules', { tcbInfo: { tdxModuleIdentities: undefined } }, 'tcb'],
  ['identity for SGX', { identity: { id: 'QE' } }, 'collateral_mismatch'],
  ['identity of version 1', { identity: { version: 1 } }, 'unsupported'],
  ['identity of yesterday', { identity: { nextUpdate: '2025-06-14T00:00:00Z' } }, 'expired'],
  ['identity with a short mask', { identity: { attributesMask: 'FF' } }, 'malformed'],
  ['documents signed by somebody', { documentKey: ecKey('p256', 'somebody') }, 'signature'],
  ['signing certificate revoked', { rootList: { revoked: [22] } }, 'revoked'],
  ['signing certificate of yesterday', { signer: { until: NOW - 1 } }, 'expired'],
  ['authority revoked', { rootList: { revoked: [21] } }, 'revoked'],
  ['platform revoked', { platformList: { revoked: [23] } }, 'revoked'],
  ['list of the root stale', { rootList: { until: NOW - 1 } }, 'expired'],
  ['list of the platform authority stale', { platformList: { until: NOW - 1 } }, 'expired'],
  ['list of the root by somebody', { rootList: { key: ecKey('p256', 'somebody') } }, 'signature'],
  [
    'list of the platform authority by the root',
    { platformList: { key: ecKey('p256', 'intel root') } },
    'signature',
  ],
  ['list in the name of another', { platformList: { issuerName: 'Other' } }, 'collateral_mismatch'],
  ['authority that may not sign lists', { authority: { keyUsage: 0x04 } }, 'chain'],
  ['root that nobody names', { root: { serial: 99 } }, 'chain'],
  ['platform certificate of tomorrow', { pck: { from: NOW + 1 } }, 'expired'],
  ['platform certificate without extension', { pck: { extensions: [] } }, 'malformed'],
  [
    'platform certificate with an empty extension',
    { pck: { extensions: [['1.2.840.113741.1.13.1', sequence()]] } },
    'malformed',
  ],
  [
    'platform certificate with garbage',
    { pck: { extensions: [['1.2.840.113741.1.13.1', octets()]] } },
    'malformed',
  ],
];

const test = (options: IntelTestOptions, policy = TEST_POLICY) => {
  const { evidence, collateral } = makeIntel(options);
  return verifyTest(evidence, collateral, { policy });
};

describe('SGX and TDX', () => {
  it.each(CASES)('%s', (name, options, code) => {
    const verdict = test(options);
    expect(verdict.code, name).toBe(code);
    expect(verdict.trustScore).toBe(0);
  });

  it('needs every part of the collateral', () => {
    const { evidence, collateral } = makeIntel();
    const { intel } = collateral;
    const none = new Uint8Array();
    expect(codeOf(evidence, {})).toBe('collateral_missing');
    expect(codeOf(evidence, { intel: { ...intel, rootList: none } })).toBe('collateral_missing');
    expect(codeOf(evidence, { intel: { ...intel, platformList: none } })).toBe('collateral_missing');
    expect(codeOf(evidence, { intel: { ...intel, platformList: Uint8Array.of(1, 2, 3) } })).toBe('malformed');
    expect(codeOf(evidence, { intel: { ...intel, platformList: intel.rootList } })).toBe(
      'collateral_mismatch',
    );
    expect(codeOf(evidence, { intel: { ...intel, tcbInfo: intel.enclaveIdentity } })).toBe(
      'collateral_mismatch',
    );
    const cut = { ...intel.tcbInfo, bytes: intel.tcbInfo.bytes.slice(1) };
    expect(codeOf(evidence, { intel: { ...intel, tcbInfo: cut } })).toBe('signature');
    const noChain = { ...intel.tcbInfo, chain: [] };
    expect(codeOf(evidence, { intel: { ...intel, tcbInfo: noChain } })).toBe('malformed');
    const big = { ...intel.tcbInfo, bytes: new Uint8Array(65_537) };
    expect(codeOf(evidence, { intel: { ...intel, tcbInfo: big } })).toBe('too_large');
  });

  it('does not let the platform authority sign documents', () => {
    const { evidence, collateral, pck, authority, root } = makeIntel({
      documentKey: ecKey('p256', 'intel pck'),
    });
    const chain = [pck.der, authority.der, root.der];
    const { intel } = collateral;
    const tcbInfo = { ...intel.tcbInfo, chain };
    const enclaveIdentity = { ...intel.enclaveIdentity, chain };
    expect(codeOf(evidence, { intel: { ...intel, tcbInfo, enclaveIdentity } })).toBe('chain');
  });

  it('takes the worst status and all advisories', () => {
    const hardening = test({ platformSvn: [...new Array<number>(16).fill(4), 11] });
    expect(hardening).toMatchObject({
      code: 'ok',
      tcbStatus: 'SWHardeningNeeded',
      advisories: ['INTEL-SA-1'],
    });
    const both = test({ platformSvn: [...new Array<number>(16).fill(4), 11], qePatches: at(258, 4) });
    expect(both).toMatchObject({
      code: 'tcb',
      facts: { tcbStatus: 'OutOfDate', advisories: ['INTEL-SA-1', 'INTEL-SA-2'] },
    });
    const tcbStatuses = ['OutOfDate'] as const;
    const lenient = { ...TEST_POLICY, intel: { ...TEST_POLICY.intel, tcbStatuses } };
    expect(test({ qePatches: at(258, 4) }, lenient).code).toBe('ok');
    expect(test({}, lenient).code).toBe('tcb');
  });

  it('skips the first two TDX versions only where the module is of a later generation', () => {
    const levels = [
      {
        tcb: {
          sgxtcbcomponents: new Array(16).fill({ svn: 0 }),
          pcesvn: 0,
          tdxtcbcomponents: [{ svn: 9 }, { svn: 0 }, ...new Array(14).fill({ svn: 0 })],
        },
        tcbStatus: 'UpToDate',
      },
    ];
    const tcbInfo = { tcbLevels: levels };
    expect(test({ tcbInfo, patches: at(TD_BODY, 6, 1) }).code).toBe('ok');
    expect(test({ tcbInfo, patches: at(TD_BODY, 6, 0) }).code).toBe('tcb');
    expect(test({ tcbInfo, patches: at(TD_BODY, 9, 0) }).code).toBe('ok');
  });

  it('honours debugging, service TDs and the newest evaluation as the policy says', () => {
    const debug = { ...TEST_POLICY, allowsDebug: true };
    expect(test({ patches: at(TD_BODY + 120, 1) }, debug).code).toBe('ok');
    expect(test({ patches: at(TD_BODY + 120, 2) }, debug).code).toBe('policy');
    const serviceTds = [`01${'00'.repeat(47)}`];
    const served = { ...TEST_POLICY, intel: { ...TEST_POLICY.intel, serviceTds } };
    expect(test({ patches: at(TD_BODY + 600, 1) }, served).code).toBe('ok');
    const newest = (tcbEvaluationDataNumberMin: number) => ({
      ...TEST_POLICY,
      intel: { ...TEST_POLICY.intel, tcbEvaluationDataNumberMin },
    });
    expect(test({}, newest(17)).code).toBe('ok');
    expect(test({}, newest(18)).code).toBe('collateral_mismatch');
    expect(test({ identity: { tcbEvaluationDataNumber: 16 } }, newest(17)).code).toBe('collateral_mismatch');
    // An old evaluation of the platform beside a new one of the enclave is no evaluation at all.
    expect(test({ tcbInfo: { tcbEvaluationDataNumber: 3 } }).code).toBe('collateral_mismatch');
    expect(test({ tcbInfo: { tcbEvaluationDataNumber: 18 } }).code).toBe('ok');
  });

  it('refuses every flipped byte of the quote and every cut', () => {
    const { evidence, collateral } = makeIntel();
    const { quote } = evidence;
    for (let i = 0; i < 32; i++) {
      const offset = Math.floor((quote.length * i) / 32) + (i % 5);
      const flipped = quote.slice();
      flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (i % 8));
      // The last byte of the PEM chain is a NUL, and white space in PEM does not count.
      const verdict = verifyTest({ ...evidence, quote: flipped }, collateral);
      expect(verdict.accepted, `offset ${offset}: ${verdict.code}`).toBe(false);
    }
    for (let size = 0; size < quote.length; size += 1 + (size % 61)) {
      expect(codeOf({ ...evidence, quote: quote.slice(0, size) }, collateral)).not.toBe('ok');
    }
    const padded = concatBytes(quote, new Uint8Array(70));
    expect(codeOf({ ...evidence, quote: padded }, collateral)).toBe('ok');
    expect(codeOf({ ...evidence, quote: new Uint8Array(16_385) }, collateral)).toBe('too_large');
    expect(codeOf({ kind: 'sgx', quote }, collateral)).toBe('malformed');
  });

  it('refuses huge lengths inside the quote', () => {
    const { evidence, collateral } = makeIntel();
    const signatureAt = TD_BODY + 648;
    for (const offset of [signatureAt, signatureAt + 4 + 130, signatureAt + 4 + 134 + 448]) {
      const quote = evidence.quote.slice();
      quote.set([0xff, 0xff, 0xff, 0xff], offset);
      expect(codeOf({ ...evidence, quote }, collateral)).toBe('malformed');
    }
  });

  it('accepts a list that revokes others', () => {
    const { evidence, collateral, authority } = makeIntel();
    const platformList = makeList({ issuer: authority, revoked: [1, 2, 3] });
    expect(codeOf(evidence, { intel: { ...collateral.intel, platformList } })).toBe('ok');
  });

  it('counts the path that a root allows', () => {
    for (const [pathLength, code] of [
      [1, 'ok'],
      [0, 'chain'],
    ] as const) {
      const { evidence, collateral, root } = makeIntel({ root: { pathLength, serial: 99 } });
      const policy = { ...TEST_POLICY, testRoots: [pinCertificate('intel', root)] };
      expect(codeOf(evidence, collateral, { policy })).toBe(code);
    }
  });
});
