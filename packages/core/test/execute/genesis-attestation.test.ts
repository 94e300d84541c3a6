import { type AttestationPolicy, DEFAULT_ATTESTATION_POLICY } from '@aivm/core/attestation';
import { createGenesis, genesisWarnings, isTeeModeIdle, parseGenesis } from '@aivm/core/execute';
import { readAttestationPolicy } from '@aivm/core/state';
import { TEST_POLICY } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';
import { VENDOR_ROOTS } from '../../src/attestation/roots.ts';
import { hashGenesis } from '../../src/execute/genesis/genesis.ts';
import { TestChain } from './test-chain.ts';

const HASH = 'ab'.repeat(32);
const ROOT = { role: 'intel', sha256: HASH };
const parsed = (attestation: unknown): AttestationPolicy =>
  parseGenesis({ chainId: 7, attestation }).attestation;

/** Every member away from its default. */
const FULL = {
  roots: [ROOT],
  testRoots: TEST_POLICY.testRoots,
  policy: {
    kinds: ['snp', 'tdx'],
    allowsDebug: true,
    lifetimeSeconds: 7,
    measurements: [
      { kind: 'snp', measurement: '0xAB', registers: [], securityVersionMin: 4 },
      {
        kind: 'tdx',
        measurement: '4d'.repeat(48),
        registers: [null, 'f1'.repeat(48)],
        configId: '0c'.repeat(48),
        admits: 'firmware',
      },
      { kind: 'sgx', signer: 'e2'.repeat(32), productId: 3, registers: [], admits: 'signer' },
    ],
    requiresDeviceId: true,
    requiresRevocationLists: true,
    snp: {
      vmplMax: 0,
      allowsMigrationAgent: true,
      allowsProvisionalFirmware: true,
      tcbMin: { Turin: { fmc: 1, bootLoader: 2, tee: 3, snp: 4, microcode: 5 } },
    },
    intel: {
      tcbStatuses: ['UpToDate'],
      tcbEvaluationDataNumberMin: 17,
      evaluationLag: 3,
      tdAttributesAllowed: '0102030405060708',
      xfamAllowed: '1112131415161718',
      xfamRequired: '2122232425262728',
      sgxAttributesAllowed: '3132333435363738',
      serviceTds: ['1d'.repeat(48)],
    },
    nvidia: { requiresRim: false },
    software: { ageMaxSeconds: 9 },
  },
};

describe('genesis.attestation', () => {
  it('takes defaults for what it leaves out', () => {
    expect(parsed(undefined)).toEqual(DEFAULT_ATTESTATION_POLICY);
    expect(parsed({})).toEqual(DEFAULT_ATTESTATION_POLICY);
    expect(parsed({ roots: [] }).roots).toEqual([]);
    expect(parsed({ policy: { lifetimeSeconds: 60 } })).toEqual({
      ...DEFAULT_ATTESTATION_POLICY,
      lifetimeSeconds: 60,
    });
    expect(parsed({ policy: { measurements: null } }).measurements).toBeUndefined();
    expect(parsed({ policy: { measurements: [] } }).measurements).toEqual([]);
  });

  it('is in the state as it was given, and under the hash of the genesis', () => {
    const chain = new TestChain({ attestation: FULL, params: { development: true } });
    const { policy, roots, testRoots } = FULL;
    const [first, second, third] = policy.measurements;
    expect(readAttestationPolicy(chain.state)).toEqual({
      ...policy,
      roots,
      testRoots,
      measurements: [
        { ...first, measurement: 'ab' },
        { ...second, registers: [undefined, 'f1'.repeat(48)] },
        third,
      ],
    });
    const hashes = [{}, { policy: { lifetimeSeconds: 7 } }, { roots: [ROOT] }].map((attestation) =>
      hashGenesis(parseGenesis({ chainId: 7, attestation })).join(),
    );
    expect(new Set(hashes).size).toBe(3);
  });

  it.each([
    ['no list', undefined, true],
    ['an empty list', [], true],
    ['graphics cards only', [{ kind: 'nvidia', measurement: 'ab' }], true],
    ['a processor', [{ kind: 'tdx', measurement: 'ab', admits: 'firmware' }], false],
  ])('knows TEE mode that can do nothing: %s', (_, measurements, isIdle) => {
    const attestation = measurements === undefined ? {} : { policy: { measurements } };
    const of = (verificationMode: number) =>
      parseGenesis({ chainId: 7, attestation, config: { verificationMode } });
    expect([0, 1, 2].map((mode) => isTeeModeIdle(of(mode)))).toEqual([false, false, isIdle]);
    expect(genesisWarnings(of(2))).toEqual([]);
  });

  it('names test roots on a development chain only', () => {
    const attestation = { testRoots: [ROOT] };
    expect(() => createGenesis(parseGenesis({ chainId: 7, attestation }))).toThrow(
      'genesis.attestation.testRoots',
    );
    const development = parseGenesis({ attestation, params: { development: true } });
    expect(createGenesis(development).block.header.height).toBe(0);
  });

  const rule = (more: object) => ({
    policy: { measurements: [{ kind: 'snp', measurement: 'ab', ...more }] },
  });
  it.each<readonly [name: string, attestation: unknown]>([
    ['attestation: expected an object', []],
    ['attestation.nope: unknown field', { nope: 1 }],
    ['attestation.roots', { roots: {} }],
    ['attestation.roots[0].role', { roots: [{ role: 'arm', sha256: HASH }] }],
    ['attestation.roots[0].sha256', { roots: [{ role: 'intel', sha256: 'ab' }] }],
    ['attestation.roots[0].key: unknown field', { roots: [{ ...ROOT, key: 1 }] }],
    ['attestation.roots: expected at most 64', { roots: new Array(65).fill(ROOT) }],
    ['attestation.testRoots[0]', { testRoots: [5] }],
    ['attestation.policy.roots: unknown field', { policy: { roots: VENDOR_ROOTS } }],
    ['attestation.policy.kinds[0]', { policy: { kinds: ['cca'] } }],
    ['attestation.policy.kinds: expected each name once', { policy: { kinds: ['snp', 'snp'] } }],
    ['attestation.policy.allowsDebug', { policy: { allowsDebug: 1 } }],
    ['attestation.policy.lifetimeSeconds', { policy: { lifetimeSeconds: 31_536_001 } }],
    ['attestation.policy.measurements', { policy: { measurements: 'any' } }],
    ['attestation.policy.measurements[0]', { policy: { measurements: [{ kind: 'snp' }] } }],
    ['attestation.policy.measurements[0].measurement', rule({ measurement: 'a' })],
    ['attestation.policy.measurements[0].measurement', rule({ measurement: 'ab'.repeat(49) })],
    ['attestation.policy.measurements[0].kind', rule({ kind: 'x' })],
    ['attestation.policy.measurements[0].mrtd: unknown field', rule({ mrtd: 'ab' })],
    ['attestation.policy.measurements[0].registers', rule({ registers: new Array(9).fill(null) })],
    ['attestation.policy.measurements[0].productId', rule({ productId: -1 })],
    ['attestation.policy.snp.vmplMax', { policy: { snp: { vmplMax: 4 } } }],
    ['attestation.policy.snp.vmpl: unknown field', { policy: { snp: { vmpl: 1 } } }],
    ['attestation.policy.snp.tcbMin.Rome: unknown field', { policy: { snp: { tcbMin: { Rome: {} } } } }],
    ['attestation.policy.snp.tcbMin.Milan.snp', { policy: { snp: { tcbMin: { Milan: { snp: 256 } } } } }],
    ['attestation.policy.intel.tcbStatuses[0]', { policy: { intel: { tcbStatuses: ['Fine'] } } }],
    ['attestation.policy.intel.serviceTds[0]', { policy: { intel: { serviceTds: ['ab'] } } }],
    ['attestation.policy.nvidia.rim: unknown field', { policy: { nvidia: { rim: true } } }],
    ['attestation.policy.nvidia.requiresRim', { policy: { nvidia: { requiresRim: 'no' } } }],
    ['attestation.policy.software.ageMaxSeconds', { policy: { software: { ageMaxSeconds: -1 } } }],
  ])('refuses %s', (message, attestation) => {
    expect(() => parsed(attestation)).toThrow(`config_refused: genesis.${message}`);
  });
});
