import {
  attestationBinding,
  attestationNonce,
  attestationWork,
  noblePrimitives,
} from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';
import {
  codeOf,
  makeGpu,
  makeIntel,
  makeRims,
  makeSnp,
  makeSoftware,
  NOW,
  TEST_POLICY,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import type { MeasurementRule } from '../../src/attestation/policy.ts';
import { replayKeyOf } from '../../src/attestation/replay-key.ts';

const snp = makeSnp().evidence;
const sgx = makeIntel({ kind: 'sgx' });
const tdx = makeIntel();
const listed = (
  evidence: Parameters<typeof codeOf>[0],
  collateral: object,
  ...measurements: MeasurementRule[]
) => codeOf(evidence, collateral, { policy: { ...TEST_POLICY, measurements } });

describe('policy', () => {
  it('admits kinds', () => {
    expect(codeOf(snp, {}, { policy: { ...TEST_POLICY, kinds: ['tdx', 'nvidia'] } })).toBe('policy');
    expect(codeOf(makeSoftware(), {}, { policy: { ...TEST_POLICY, kinds: ['snp'] } })).toBe('policy');
  });

  it('admits listed workloads only', () => {
    const measurement = '4d'.repeat(48);
    expect(listed(snp, {})).toBe('measurement');
    expect(listed(snp, {}, { kind: 'snp' })).toBe('measurement');
    expect(listed(snp, {}, { kind: 'snp', measurement })).toBe('ok');
    expect(listed(snp, {}, { kind: 'tdx', measurement })).toBe('measurement');
    expect(listed(snp, {}, { kind: 'snp', measurement: '4e'.repeat(48) }, { kind: 'snp', measurement })).toBe(
      'ok',
    );
    expect(listed(snp, {}, { kind: 'snp', signer: '1d'.repeat(48), securityVersionMin: 9 })).toBe('ok');
    expect(listed(snp, {}, { kind: 'snp', signer: '1d'.repeat(48), securityVersionMin: 10 })).toBe(
      'measurement',
    );
    const signer = 'e2'.repeat(32);
    expect(listed(sgx.evidence, sgx.collateral, { kind: 'sgx', signer, productId: 3 })).toBe('ok');
    expect(listed(sgx.evidence, sgx.collateral, { kind: 'sgx', signer, productId: 4 })).toBe('measurement');
    expect(listed(sgx.evidence, sgx.collateral, { kind: 'sgx', signer, securityVersionMin: 5 })).toBe(
      'measurement',
    );
    const td: MeasurementRule = { kind: 'tdx', measurement: 'e3'.repeat(48) };
    expect(listed(tdx.evidence, tdx.collateral, { ...td, registers: [undefined, 'f1'.repeat(48)] })).toBe(
      'ok',
    );
    expect(listed(tdx.evidence, tdx.collateral, { ...td, registers: ['f1'.repeat(48)] })).toBe('measurement');
    const five = { ...td, registers: [undefined, undefined, undefined, undefined, 'f4'.repeat(48)] };
    expect(listed(tdx.evidence, tdx.collateral, five)).toBe('measurement');
    expect(listed(tdx.evidence, tdx.collateral, { kind: 'tdx', signer: '00'.repeat(48) })).toBe(
      'measurement',
    );
  });

  it('compares the nonce, and refuses used ones and devices of others', () => {
    const nonce = new Uint8Array(32).fill(0xd1);
    expect(codeOf(snp, {}, { nonce })).toBe('ok');
    expect(codeOf(snp, {}, { nonce: new Uint8Array(64).fill(0xd1) })).toBe('ok');
    expect(codeOf(snp, {}, { nonce: new Uint8Array(32) })).toBe('nonce');
    expect(codeOf(makeSoftware(), {}, { nonce: new Uint8Array(32).fill(0x9d) })).toBe('ok');
    expect(codeOf(makeSoftware(), {}, { nonce: new Uint8Array(64).fill(0x9d) })).toBe('nonce');
    const verdict = verifyTest(snp);
    if (!verdict.accepted) throw new Error(verdict.detail);
    const [{ id = '', replayKey = '' } = {}] = verdict.devices;
    expect(codeOf(snp, {}, { usedReplayKeys: new Set([replayKey]) })).toBe('nonce');
    expect(codeOf(snp, {}, { devicesInUse: new Set([id]) })).toBe('device_in_use');
    expect(codeOf(snp, {}, { devicesInUse: new Set(['00']), usedReplayKeys: new Set(['00']) })).toBe('ok');
    expect(replayKey).toBe(bytesToHex(replayKeyOf({ kind: 'snp', deviceId: id, nonce })));
  });

  it('refuses revocation lists that are older than a known one', () => {
    const verdict = verifyTest(tdx.evidence, tdx.collateral);
    if (!verdict.accepted) throw new Error(verdict.detail);
    expect(verdict.lists.map(({ thisUpdate }) => thisUpdate)).toEqual([NOW - 86_400, NOW - 86_400]);
    for (const { issuer, thisUpdate } of verdict.lists) {
      const known = (newest: number) =>
        codeOf(tdx.evidence, tdx.collateral, { newestLists: new Map([[issuer, newest]]) });
      expect(known(thisUpdate)).toBe('ok');
      expect(known(thisUpdate + 1)).toBe('collateral_mismatch');
    }
  });

  it('names the time before anything else that the policy holds against sound evidence', () => {
    const { evidence } = makeSnp({ guestPolicy: 0xb0000n, vmpl: 3, leaf: { until: NOW - 1 } });
    expect(codeOf(evidence, {}, { policy: { ...TEST_POLICY, kinds: [] } })).toBe('expired');
  });

  it('shows the facts of sound evidence that it refuses, and none of forged', () => {
    const refused = verifyTest(makeSnp({ guestPolicy: 0xb0000n }).evidence);
    expect(refused).toMatchObject({
      code: 'debug',
      trustScore: 0,
      facts: { devices: [{ id: 'c1'.repeat(64) }] },
    });
    const report = snp.report.slice();
    report[0x90] = 0;
    expect(verifyTest({ ...snp, report })).toMatchObject({ code: 'signature', facts: undefined });
  });

  it('refuses arguments that are mistakes of the caller', () => {
    expect(() => verifyTest(snp, {}, { now: 0.5 })).toThrow(RangeError);
    expect(() => verifyTest(snp, {}, { now: -1 })).toThrow('now: expected Unix seconds');
    expect(() => verifyTest(snp, {}, { now: Number.NaN })).toThrow(RangeError);
    expect(() => verifyTest(snp, {}, { nonce: new Uint8Array(31) })).toThrow('nonce: expected 32 bytes');
  });
});

describe('work', () => {
  it('is an upper bound on the signatures that are verified', () => {
    const { gpu } = makeGpu();
    const calls = { verifyEcdsa: 0, verifyRsaPss: 0 };
    const primitives = {
      ...noblePrimitives,
      verifyEcdsa: (parameters: Parameters<typeof noblePrimitives.verifyEcdsa>[0]) => {
        calls.verifyEcdsa += parameters.curve === 'p256' ? 3_400 : 10_000;
        return noblePrimitives.verifyEcdsa(parameters);
      },
      verifyRsaPss: (parameters: Parameters<typeof noblePrimitives.verifyRsaPss>[0]) => {
        calls.verifyRsaPss += 1_000;
        return noblePrimitives.verifyRsaPss(parameters);
      },
    };
    for (const [evidence, collateral] of [
      [snp, {}],
      [tdx.evidence, tdx.collateral],
      [{ kind: 'nvidia', gpus: [gpu] }, { rims: makeRims() }],
    ] as const) {
      Object.assign(calls, { verifyEcdsa: 0, verifyRsaPss: 0 });
      expect(verifyTest(evidence, collateral, { primitives }).accepted).toBe(true);
      const spent = calls.verifyEcdsa + calls.verifyRsaPss;
      const work = attestationWork(evidence, collateral);
      expect(work).toBeGreaterThan(spent);
      expect(work).toBeLessThan(spent + 40_000);
    }
    expect(attestationWork(makeSoftware())).toBe(3_000);
  });
});

describe('what evidence is made for', () => {
  const operator = new Uint8Array(20).fill(1);
  const blockId = new Uint8Array(32).fill(2);
  const nonce = attestationNonce({ chainId: 7n, operator, blockId });
  const sessionKey = new Uint8Array(33).fill(3);
  const binding = attestationBinding({ chainId: 7n, operator, nonce, kind: 'snp', sessionKey });

  it('differs in everything that it binds', () => {
    const others = [
      attestationBinding({ chainId: 8n, operator, nonce, kind: 'snp', sessionKey }),
      attestationBinding({ chainId: 7n, operator: new Uint8Array(20), nonce, kind: 'snp', sessionKey }),
      attestationBinding({ chainId: 7n, operator, nonce: blockId, kind: 'snp', sessionKey }),
      attestationBinding({ chainId: 7n, operator, nonce, kind: 'tdx', sessionKey }),
      attestationBinding({ chainId: 7n, operator, nonce, kind: 'snp', sessionKey: sessionKey.slice(1) }),
      attestationNonce({ chainId: 8n, operator, blockId }),
      nonce,
    ].map(bytesToHex);
    expect(new Set([...others, bytesToHex(binding)]).size).toBe(others.length + 1);
  });

  it('is carried in the first half of the report data', () => {
    const reportData = new Uint8Array([...binding, ...new Uint8Array(32)]);
    expect(codeOf(makeSnp({ reportData }).evidence, {}, { nonce: binding })).toBe('ok');
    expect(codeOf(makeSnp({ reportData }).evidence, {}, { nonce })).toBe('nonce');
  });

  it('has fixed values', () => {
    expect(bytesToHex(nonce)).toMatchInlineSnapshot(
      `"33b62cfcec6c36b2d83b0bab6f6a2d569b50ca1538a7bf5f2126ebe0b3107de3"`,
    );
    expect(bytesToHex(binding)).toMatchInlineSnapshot(
      `"c5f3b31b71d8a49ceea9ad8ca6497d1d2335849c1b7b8ae65260fb4b3f4e13d6"`,
    );
  });
});
