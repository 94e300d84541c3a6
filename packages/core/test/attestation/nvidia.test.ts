import type { AttestationEvidence } from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import {
  codeOf,
  ecKey,
  flipS,
  type GpuTestOptions,
  integer,
  makeGpu,
  makeList,
  makeRim,
  makeRims,
  measurementOf,
  NOW,
  octets,
  oid,
  sequence,
  TEST_POLICY,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const RIMS = makeRims();
const field = (type: number, value?: Uint8Array) => new Map([[type, value]]);
const test = (options: GpuTestOptions, rims = RIMS) =>
  verifyTest({ kind: 'nvidia', gpus: [makeGpu(options).gpu] }, { rims });
const replaced = (i: number, value: Uint8Array) =>
  Array.from({ length: 64 }, (_, k) => (k === i ? value : measurementOf(k)));

const CASES: readonly (readonly [name: string, options: GpuTestOptions, code: string])[] = [
  ['SPDM 1.2 request', { patches: [[0, Uint8Array.of(0x12)]] }, 'unsupported'],
  ['request of one block', { patches: [[3, Uint8Array.of(1)]] }, 'unsupported'],
  ['request without signature', { patches: [[2, Uint8Array.of(0)]] }, 'unsupported'],
  ['response of another kind', { patches: [[38, Uint8Array.of(0x61)]] }, 'unsupported'],
  ['63 blocks', { measurements: Array.from({ length: 63 }, (_, i) => measurementOf(i)) }, 'malformed'],
  ['a block of 47 bytes', { measurements: replaced(5, new Uint8Array(47)) }, 'malformed'],
  ['blocks out of order', { patches: [[45, Uint8Array.of(2)]] }, 'malformed'],
  ['huge record length', { patches: [[42, Uint8Array.of(255, 255, 255)]] }, 'malformed'],
  ['driver version with letters', { driver: '550.x' }, 'malformed'],
  ['no driver version', { fields: field(3) }, 'malformed'],
  ['no firmware version', { fields: field(6) }, 'malformed'],
  ['unknown feature', { fields: field(36, Uint8Array.of(3)) }, 'unsupported'],
  ['firmware identity of another length', { fields: field(20, new Uint8Array(47)) }, 'malformed'],
  ['firmware identity of other firmware', { fields: field(20, new Uint8Array(48)) }, 'binding'],
  ['firmware identity without a certified one', { fwidForm: 'none' }, 'binding'],
  ['a switch that poses as a GPU', { deviceName: 'NVIDIA:LS10:0123456789ABCDEF' }, 'not_a_gpu'],
  ['a device of another vendor', { deviceName: 'OTHER:GH100:0123456789ABCDEF' }, 'malformed'],
  ['another driver', { driver: '550.90.08' }, 'rim_mismatch'],
  ['another firmware', { vbios: Uint8Array.of(1, 0x9f, 0, 0x96, 1, 0, 0, 0) }, 'rim_mismatch'],
  ['another chip than the manifests', { deviceName: 'NVIDIA:GB100:0123456789ABCDEF' }, 'rim_mismatch'],
  ['measurement 2 differs', { measurements: replaced(2, new Uint8Array(48)) }, 'measurement'],
  ['measurement 35 differs, decoder on', { measurements: replaced(35, new Uint8Array(48)) }, 'measurement'],
  ['leaf of yesterday', { leaf: { until: NOW - 1 } }, 'expired'],
  ['issuer of tomorrow', { issuers: [{}, { from: NOW + 1 }] }, 'expired'],
  ['issuer that may not issue', { issuers: [{}, { keyUsage: 0x80 }] }, 'chain'],
  ['leaf by somebody', { leaf: { issuer: undefined } }, 'chain'],
  ['path too long', { issuers: [{ pathLength: 0 }] }, 'chain'],
  ['device name missing', { leaf: { extensions: [] } }, 'malformed'],
];

describe('NVIDIA GPUs', () => {
  it.each(CASES)('%s', (_name, options, code) => {
    expect(test(options).code).toBe(code);
  });

  it('does not compare a decoder that is off, nor inactive references', () => {
    const fields = field(11, Uint8Array.of(0x55));
    expect(test({ fields, measurements: replaced(35, new Uint8Array(48)) })).toMatchObject({
      code: 'ok',
      gpus: [{ comparedCount: 3 }],
    });
    expect(test({ measurements: replaced(4, new Uint8Array(48)) }).code).toBe('ok');
  });

  it('takes any of the alternatives', () => {
    const references = [{ index: 1, alternatives: [new Uint8Array(48), measurementOf(1), measurementOf(9)] }];
    expect(test({}, [makeRim({ references }), RIMS[1] as Uint8Array]).code).toBe('ok');
    const none = [{ index: 1, alternatives: [new Uint8Array(48), measurementOf(9)] }];
    expect(test({}, [makeRim({ references: none }), RIMS[1] as Uint8Array]).code).toBe('measurement');
  });

  it('refuses manifests that overlap, that are empty, that are missing or that nobody needs', () => {
    const [driver, vbios] = RIMS as [Uint8Array, Uint8Array];
    const version = '96.00.9F.00.01';
    expect(test({}, [driver, makeRim({ version, references: [{ index: 2 }] })]).code).toBe('rim_mismatch');
    const empty = [
      makeRim({ references: [] }),
      makeRim({ version, references: [{ index: 0, isActive: false }] }),
    ];
    expect(test({}, empty).code).toBe('rim_missing');
    expect(test({}, []).code).toBe('rim_missing');
    expect(test({}, [driver]).code).toBe('rim_missing');
    expect(test({}, [vbios]).code).toBe('rim_missing');
    expect(test({}, [driver, vbios, makeRim({ product: 'GB100' })]).code).toBe('rim_mismatch');
  });

  it('scores only what is signed', () => {
    const lenient = { ...TEST_POLICY, nvidia: { requiresRim: false } };
    const score = (options: GpuTestOptions, rims: readonly Uint8Array[]) =>
      verifyTest({ kind: 'nvidia', gpus: [makeGpu(options).gpu] }, { rims }, { policy: lenient }).trustScore;
    expect(score({}, [])).toBe(78);
    expect(score({}, RIMS)).toBe(83);
    expect(score({ fields: field(36, Uint8Array.of(0)) }, RIMS)).toBe(98);
    expect(score({ deviceName: 'NVIDIA:GB100:0123456789ABCDEF' }, [])).toBe(80);
    expect(score({ deviceName: 'NVIDIA:GB202:0123456789ABCDEF' }, [])).toBe(75);
    expect(score({ deviceName: 'NVIDIA:GX999:0123456789ABCDEF' }, [])).toBe(70);
  });

  it('takes up to eight GPUs, each once, all asked the same', () => {
    const gpu = (device: string, options: GpuTestOptions = {}) => makeGpu({ device, ...options }).gpu;
    const evidence = (...gpus: readonly ReturnType<typeof gpu>[]): AttestationEvidence => ({
      kind: 'nvidia',
      gpus,
    });
    const two = verifyTest(evidence(gpu('a'), gpu('b')), { rims: RIMS });
    expect(two).toMatchObject({ code: 'ok', devices: [{}, {}] });
    expect(codeOf(evidence(gpu('a'), gpu('a')), { rims: RIMS })).toBe('device_in_use');
    expect(codeOf(evidence(gpu('a'), gpu('b', { nonce: new Uint8Array(32) })), { rims: RIMS })).toBe('nonce');
    expect(codeOf(evidence(), { rims: RIMS })).toBe('malformed');
    expect(codeOf(evidence(...new Array<ReturnType<typeof gpu>>(9).fill(gpu('a'))), { rims: RIMS })).toBe(
      'too_large',
    );
    expect(codeOf(evidence(gpu('a')), { rims: new Array<Uint8Array>(17).fill(RIMS[0] as Uint8Array) })).toBe(
      'too_large',
    );
    const tooLong = { ...gpu('a'), report: new Uint8Array(16_385) };
    expect(codeOf(evidence(tooLong), { rims: RIMS })).toBe('too_large');
  });

  it('refuses chains of other lengths or under another root', () => {
    const { gpu, certificates } = makeGpu();
    const chainCode = (chain: readonly Uint8Array[]) =>
      codeOf({ kind: 'nvidia', gpus: [{ ...gpu, chain }] }, { rims: RIMS });
    expect(chainCode(gpu.chain.slice(1))).toBe('chain');
    expect(chainCode([...gpu.chain, ...gpu.chain.slice(-1)])).toBe('chain');
    expect(chainCode(gpu.chain.toReversed())).toBe('chain');
    expect(chainCode([...gpu.chain.slice(0, 3), ...gpu.chain.slice(2, 4)])).toBe('chain');
    const { policy } = { policy: { ...TEST_POLICY, testRoots: [] } };
    expect(codeOf({ kind: 'nvidia', gpus: [gpu] }, { rims: RIMS }, { policy })).toBe('chain');
    const [, , , intermediate, root] = certificates;
    const lists = [makeList({ issuer: root as never, revoked: [30] })];
    expect(codeOf({ kind: 'nvidia', gpus: [gpu] }, { rims: RIMS, lists })).toBe('revoked');
    const others = [makeList({ issuer: intermediate as never })];
    expect(codeOf({ kind: 'nvidia', gpus: [gpu] }, { rims: RIMS, lists: others })).toBe('ok');
    const complete = { ...TEST_POLICY, requiresRevocationLists: true };
    const asked = { rims: RIMS, lists: others };
    expect(codeOf({ kind: 'nvidia', gpus: [gpu] }, asked, { policy: complete })).toBe('collateral_missing');
  });

  it('refuses two firmware identities and foreign ones', () => {
    const fwid = sequence(oid('2.16.840.1.101.3.4.2.2'), octets(new Uint8Array(48).fill(0xf1)));
    const hopper = ['2.23.133.5.4.1', sequence(integer(1), ecKey('p384', 'any').spki, fwid)] as const;
    const name = (options: GpuTestOptions) => makeGpu(options).certificates[0];
    expect(name({})).toBeDefined();
    const extensions = [hopper, ['2.23.133.5.4.1.1', sequence()] as const];
    expect(test({ leaf: { extensions } }).code).toBe('malformed');
  });

  it('gives s → n − s the same replay key and refuses every other flip', () => {
    const { gpu, key } = makeGpu();
    const signedBytes = gpu.report.slice(0, -96);
    const flipped = new Uint8Array([...signedBytes, ...flipS(key.signRaw(signedBytes), key.order)]);
    const keyOf = (report: Uint8Array) => {
      const verdict = verifyTest({ kind: 'nvidia', gpus: [{ ...gpu, report }] }, { rims: RIMS });
      return verdict.accepted ? verdict.devices[0]?.replayKey : verdict.code;
    };
    expect(keyOf(flipped)).toBe(keyOf(gpu.report));
    for (let i = 0; i < 40; i++) {
      const offset = Math.floor((gpu.report.length * i) / 40) + (i % 3);
      const report = gpu.report.slice();
      report[offset] = (report[offset] ?? 0) ^ 4;
      expect(
        codeOf({ kind: 'nvidia', gpus: [{ ...gpu, report }] }, { rims: RIMS }),
        `offset ${offset}`,
      ).not.toBe('ok');
    }
    for (let size = 0; size < gpu.report.length; size += 1 + (size % 53)) {
      const report = gpu.report.slice(0, size);
      expect(codeOf({ kind: 'nvidia', gpus: [{ ...gpu, report }] }, { rims: RIMS })).not.toBe('ok');
    }
    const longer = new Uint8Array([...gpu.report, 0]);
    expect(codeOf({ kind: 'nvidia', gpus: [{ ...gpu, report: longer }] }, { rims: RIMS })).toBe('malformed');
  });

  it('reads the driver version only up to its NUL', () => {
    expect(test({ fields: field(3, utf8ToBytes('550.90.07\0\0')) }).code).toBe('ok');
    expect(test({ fields: field(3, utf8ToBytes('550.90.07\x001')) }).code).toBe('malformed');
  });
});
