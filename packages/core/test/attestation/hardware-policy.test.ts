import { type AttestationPolicy, DEFAULT_ATTESTATION_POLICY } from '@aivm/core/attestation';
import { parseGenesis } from '@aivm/core/execute';
import {
  codeOf,
  makeIntel,
  makeSnp,
  octets,
  type SnpTestOptions,
  TEST_POLICY,
  verifyTest,
} from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { SNP_TCB_FLOORS } from '../../src/attestation/amd/snp-floors.ts';

type Patch = readonly [offset: number, bytes: Uint8Array];
const bytes = (...values: number[]) => Uint8Array.from(values);
const filled = (size: number, value: number) => new Uint8Array(size).fill(value);
/** A level of Genoa: boot loader, TEE, SNP, microcode. */
const level = (boot: number, tee: number, snp: number, microcode: number) =>
  bytes(boot, tee, 0, 0, 0, 0, snp, microcode);

describe('firmware and guest policy of an SNP report', () => {
  const [CURRENT, COMMITTED, LAUNCH] = [0x38, 0x1e0, 0x1f0];
  const patched = (...patches: readonly Patch[]): SnpTestOptions => ({ patches });
  it.each<readonly [code: string, name: string, options: SnpTestOptions]>([
    ['ok', 'firmware that runs above what is reported', patched([CURRENT, level(9, 9, 200, 219)])],
    ['tcb', 'reported above current', patched([CURRENT, level(0, 0, 0, 0)], [COMMITTED, level(0, 0, 0, 0)])],
    ['tcb', 'committed above current', patched([COMMITTED, level(2, 3, 25, 5)])],
    ['tcb', 'launched above current', patched([LAUNCH, level(2, 3, 24, 6)])],
    ['tcb', 'provisional: committed below reported', patched([COMMITTED, level(2, 3, 23, 5)])],
    ['tcb', 'no firmware at all', { tcb: [0, 0, 0, 0, 0] }],
    ['tcb', 'a guest that asks for more than the firmware is', { guestPolicy: 0x3ffffn }],
    ['malformed', 'reserved one of the guest policy is zero', { guestPolicy: 0n }],
    ['malformed', 'reserved bits of the guest policy', { guestPolicy: (1n << 26n) | 0x30000n }],
    ['malformed', 'reserved bytes at 0x4c', patched([0x4c, bytes(1)])],
    ['malformed', 'reserved bytes at 0x18b', patched([0x18b, bytes(1)])],
    ['malformed', 'reserved bytes at 0x29f', patched([0x29f, bytes(1)])],
    ['malformed', 'mitigation vectors before version 5', patched([0x1f8, bytes(1)])],
    ['ok', 'mitigation vectors of version 5', { version: 5, ...patched([0x1f8, filled(16, 1)]) }],
    ['malformed', 'a Turin with the id of a Milan', { product: 'Turin', hardwareId: filled(64, 3) }],
  ])('%s: %s', (code, _name, options) => {
    expect(codeOf(makeSnp(options).evidence)).toBe(code);
  });

  it('admits provisional firmware where the policy says so', () => {
    const { evidence } = makeSnp(patched([COMMITTED, level(2, 3, 23, 5)]));
    const policy = { ...TEST_POLICY, snp: { ...TEST_POLICY.snp, allowsProvisionalFirmware: true } };
    expect(codeOf(evidence, {}, { policy })).toBe('ok');
  });

  it('has dated floors, which genesis takes by name', () => {
    const tcbMinOf = (tcbMin?: unknown) =>
      parseGenesis({ chainId: 7, attestation: { policy: { snp: { tcbMin } } } }).attestation.snp.tcbMin;
    expect(tcbMinOf()).toEqual(SNP_TCB_FLOORS['2022-09']);
    expect(tcbMinOf('2025-02')).toEqual(SNP_TCB_FLOORS['2025-02']);
    expect(tcbMinOf({})).toEqual({});
    expect(() => tcbMinOf('2019-01')).toThrow('2022-09, 2025-02');
    const at = (snp: number, floors: AttestationPolicy['snp']['tcbMin']) =>
      codeOf(
        makeSnp({ tcb: [0, 2, 0, snp, 5] }).evidence,
        {},
        {
          policy: { ...TEST_POLICY, snp: { ...TEST_POLICY.snp, tcbMin: floors } },
        },
      );
    expect([22, 23].map((snp) => at(snp, SNP_TCB_FLOORS['2025-02']))).toEqual(['tcb', 'ok']);
  });

  it('reads the id of a chip in both forms that AMD has issued', () => {
    const wrapped = makeSnp({
      leafExtensions: (extensions) =>
        extensions.map(([oid, value]) => [oid, oid.endsWith('.1.4') ? octets(value) : value]),
    });
    const [plain, other] = [makeSnp(), wrapped].map(({ evidence }) => verifyTest(evidence));
    expect(other).toMatchObject({ accepted: true });
    expect(other?.accepted && other.devices).toEqual(plain?.accepted && plain.devices);
    const cut = makeSnp({
      leafExtensions: (extensions) =>
        extensions.map(([oid, value]) => [oid, oid.endsWith('.1.4') ? octets(value.slice(1)) : value]),
    });
    expect(codeOf(cut.evidence)).toBe('malformed');
  });
});

describe("what Intel's environments may do", () => {
  const [V5, V4] = [54, 48];
  const quote = (
    options: Parameters<typeof makeIntel>[0],
    policy: Partial<AttestationPolicy['intel']> = {},
  ) => {
    const { evidence, collateral } = makeIntel(options);
    return codeOf(evidence, collateral, {
      policy: { ...TEST_POLICY, intel: { ...TEST_POLICY.intel, ...policy } },
    });
  };
  it.each<readonly [code: string, name: string, patches: readonly Patch[]]>([
    ['policy', 'migratable', [[V5 + 123, bytes(0x20)]]],
    ['policy', 'reserved attributes', [[V5 + 121, filled(7, 0xff)]]],
    ['ok', 'supervisor keys and performance counters', [[V5 + 120, bytes(0, 0, 0, 0x40, 0, 0, 0, 0x80)]]],
    ['policy', 'XFAM without x87 and SSE', [[V5 + 128, new Uint8Array(8)]]],
    ['policy', 'XFAM that no module admits', [[V5 + 128, filled(8, 0xff)]]],
  ])('%s: %s', (code, _name, patches) => {
    expect(quote({ patches })).toBe(code);
  });

  it('refuses a migratable TD of the older form, whose report does not say who serves it', () => {
    expect(quote({ version: 4, patches: [[V4 + 123, bytes(0x20)]] })).toBe('policy');
    const patches: readonly Patch[] = [[V4 + 123, bytes(0x20)]];
    expect(quote({ version: 4, patches }, { tdAttributesAllowed: '0000002000000000' })).toBe('ok');
  });

  it('refuses an enclave with the keys of provisioning', () => {
    expect(quote({ kind: 'sgx', patches: [[48 + 48, bytes(0x15)]] })).toBe('policy');
    expect(quote({ kind: 'sgx', patches: [[48 + 48, bytes(0x25)]] })).toBe('policy');
    expect(quote({ kind: 'sgx', patches: [[48 + 48, bytes(0x85, 0x04)]] })).toBe('ok');
  });
});

describe('an allow-list', () => {
  const TDX = {
    kind: 'tdx',
    measurement: 'e3'.repeat(48),
    registers: ['f0', 'f1', 'f2', 'f3'].map((byte) => byte.repeat(48)),
  };
  const SNP = { kind: 'snp', measurement: '4d'.repeat(48) };
  const policyOf = (rule: unknown) => {
    const { measurements } = parseGenesis({
      chainId: 7,
      attestation: { policy: { measurements: [rule] } },
    }).attestation;
    return { ...TEST_POLICY, measurements };
  };
  const td = (rule: unknown, patches: readonly Patch[]) => {
    const { evidence, collateral } = makeIntel({ patches });
    return codeOf(evidence, collateral, { policy: policyOf(rule) });
  };

  it.each([
    ['configId', 184, 48],
    ['owner', 232, 48],
    ['ownerConfig', 280, 48],
  ] as const)('binds %s of a TD', (member, offset, size) => {
    const rule = { ...TDX, [member]: '66'.repeat(size) };
    expect(td(rule, [[54 + offset, filled(size, 0x66)]])).toBe('ok');
    expect(td(rule, [])).toBe('measurement');
    expect(td({ ...TDX, [member]: '00'.repeat(size) }, [[54 + offset, filled(size, 0x66)]])).toBe(
      'measurement',
    );
  });

  it('binds processor state and attributes', () => {
    expect(td({ ...TDX, xfam: 'e702060000000000', attributes: '0000001000000000' }, [])).toBe('ok');
    expect(td({ ...TDX, xfam: 'e700000000000000' }, [])).toBe('measurement');
    expect(td({ ...TDX, attributes: '0000000000000000' }, [])).toBe('measurement');
  });

  it('binds host data and the platform of an SNP guest', () => {
    const guest = (rule: unknown, ...patches: readonly Patch[]) =>
      codeOf(makeSnp({ patches }).evidence, {}, { policy: policyOf(rule) });
    const rule = { ...SNP, hostData: '07'.repeat(32) };
    expect(guest(rule, [0xc0, filled(32, 7)])).toBe('ok');
    expect(guest(rule)).toBe('measurement');
    expect(guest({ ...SNP, platformInfo: '2400000000000000' }, [0x40, bytes(0x24)])).toBe('ok');
    expect(guest({ ...SNP, platformInfo: '2400000000000000' }, [0x40, bytes(0x25)])).toBe('measurement');
  });

  it.each<readonly [name: string, rule: object, wider: object]>([
    ['registers 1 and 2', { ...TDX, registers: [] }, { admits: 'firmware' }],
    ['registers 1 and 2', { ...TDX, registers: TDX.registers.slice(0, 2) }, { admits: 'firmware' }],
    ['"admits": "signer"', { kind: 'sgx', signer: 'e2'.repeat(32) }, { admits: 'signer' }],
    ['"admits": "signer"', { kind: 'snp', signer: '1d'.repeat(48) }, { admits: 'signer' }],
  ])('refuses a rule that admits more than a workload, unless it says so: %s', (name, rule, wider) => {
    expect(() => policyOf(rule)).toThrow(name);
    expect(policyOf({ ...rule, ...wider }).measurements).toHaveLength(1);
  });

  it('refuses a rule that says it is wider than it is, and members that its kind does not have', () => {
    expect(() => policyOf({ ...TDX, admits: 'firmware' })).toThrow('leave "admits" out');
    expect(() => policyOf({ ...SNP, configId: '00'.repeat(48) })).toThrow('kind snp');
    expect(() => policyOf({ ...SNP, hostData: '00' })).toThrow('hostData');
    const product = { kind: 'sgx', signer: 'e2'.repeat(32), productId: 3, securityVersionMin: 4 };
    expect(policyOf(product).measurements).toHaveLength(1);
  });
});

it('admits by default what the oldest machines in use report', () => {
  expect(DEFAULT_ATTESTATION_POLICY.snp.tcbMin).toBe(SNP_TCB_FLOORS['2022-09']);
});
