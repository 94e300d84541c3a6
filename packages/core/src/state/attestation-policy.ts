import { SNP_TCB_PARTS, type SnpProduct, type SnpTcb } from '../attestation/amd/snp-tcb.ts';
import { TCB_STATUSES } from '../attestation/intel/tcb-status.ts';
import { type AttestationKind, KIND_NUMBER } from '../attestation/kinds.ts';
import {
  type AttestationPolicy,
  type IntelTrustBits,
  type MeasurementRule,
  RULE_BINDINGS,
  RULE_SCOPES,
} from '../attestation/policy.ts';
import type { RootPin, RootRole } from '../attestation/roots.ts';
import type { CodecValue } from '../bytes/codec/codec.ts';
import { list, optional, struct } from '../bytes/codec/composites.ts';
import { bool, bytes, bytes32, u8, u32 } from '../bytes/codec/primitives.ts';
import { bytesToHex, hexToBytes } from '../bytes/hex.ts';
import { assert } from '../errors/aivm-error.ts';

/** Order in which records number these; only ever appended to. */
export const ROOT_ROLES: readonly RootRole[] = [
  'amd-milan',
  'amd-genoa',
  'amd-turin',
  'intel',
  'nvidia-device',
  'nvidia-rim',
];
export const SNP_PRODUCTS: readonly SnpProduct[] = ['Milan', 'Genoa', 'Turin'];

export const ROOTS_MAX = 64;
export const MEASUREMENT_RULES_MAX = 1_024;
export const REGISTERS_MAX = 8;
/** SHA-384, the longest measurement. */
export const MEASUREMENT_BYTES_MAX = 48;
export const SERVICE_TDS_MAX = 64;

const digest = bytes(MEASUREMENT_BYTES_MAX);
const rootCodec = struct('AttestationRoot', { role: u8, sha256: bytes32 });
const ruleCodec = struct('MeasurementRule', {
  kind: u8,
  /** Here and below empty bytes stand for what the rule leaves open. */
  measurement: digest,
  registers: list(digest, REGISTERS_MAX),
  signer: digest,
  productId: optional(u32),
  securityVersionMin: optional(u32),
  /** Numbers are those of RULE_BINDINGS and RULE_SCOPES, which are only ever appended to. */
  bindings: list(struct('RuleBinding', { member: u8, value: digest }), RULE_BINDINGS.length),
  admits: u8,
});

/** An attestation policy in consensus form. */
export const attestationPolicyCodec = struct('AttestationPolicy', {
  kinds: list(u8, 8),
  roots: list(rootCodec, ROOTS_MAX),
  testRoots: list(rootCodec, ROOTS_MAX),
  allowsDebug: bool,
  lifetimeSeconds: u32,
  measurements: optional(list(ruleCodec, MEASUREMENT_RULES_MAX)),
  requiresDeviceId: bool,
  requiresRevocationLists: bool,
  snpVmplMax: u8,
  snpAllowsMigrationAgent: bool,
  snpAllowsProvisionalFirmware: bool,
  snpTcbMin: list(
    struct('SnpTcbMin', { product: u8, parts: list(u8, SNP_TCB_PARTS.length) }),
    SNP_PRODUCTS.length,
  ),
  intelTcbStatuses: list(u8, TCB_STATUSES.length),
  intelTcbEvaluationDataNumberMin: u32,
  intelEvaluationLag: u8,
  /** In the order of TRUST_BITS. */
  intelTrustBits: list(bytes(8), 4),
  intelServiceTds: list(digest, SERVICE_TDS_MAX),
  nvidiaRequiresRim: bool,
  softwareAgeMaxSeconds: u32,
});

export type AttestationPolicyRecord = CodecValue<typeof attestationPolicyCodec>;

const hexOf = (value: Uint8Array): string | undefined => (value.length === 0 ? undefined : bytesToHex(value));
const bytesOf = (text: string | undefined): Uint8Array => hexToBytes(text ?? '');

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  assert(value !== undefined, 'a stored attestation policy names something unknown');
  return value;
}

function kindOf(number: number): AttestationKind {
  const [kind] = Object.entries(KIND_NUMBER).find(([, known]) => known === number) ?? [];
  assert(kind !== undefined, 'a stored attestation policy names an unknown kind');
  return kind as AttestationKind;
}

const TRUST_BITS = ['tdAttributesAllowed', 'xfamAllowed', 'xfamRequired', 'sgxAttributesAllowed'] as const;

const rootToRecord = ({ role, sha256 }: RootPin) => ({
  role: ROOT_ROLES.indexOf(role),
  sha256: hexToBytes(sha256),
});
const recordToRoot = ({ role, sha256 }: CodecValue<typeof rootCodec>): RootPin => ({
  role: at(ROOT_ROLES, role),
  sha256: bytesToHex(sha256),
});

const ruleToRecord = (rule: MeasurementRule): CodecValue<typeof ruleCodec> => ({
  kind: KIND_NUMBER[rule.kind],
  measurement: bytesOf(rule.measurement),
  registers: (rule.registers ?? []).map(bytesOf),
  signer: bytesOf(rule.signer),
  productId: rule.productId,
  securityVersionMin: rule.securityVersionMin,
  bindings: RULE_BINDINGS.flatMap((name, member) => {
    const value = rule[name];
    return value === undefined ? [] : [{ member, value: hexToBytes(value) }];
  }),
  admits: RULE_SCOPES.indexOf(rule.admits ?? 'workload'),
});

function recordToRule(record: CodecValue<typeof ruleCodec>): MeasurementRule {
  const [measurement, signer] = [hexOf(record.measurement), hexOf(record.signer)];
  const { productId, securityVersionMin } = record;
  return {
    kind: kindOf(record.kind),
    registers: record.registers.map(hexOf),
    ...(measurement === undefined ? {} : { measurement }),
    ...(signer === undefined ? {} : { signer }),
    ...(productId === undefined ? {} : { productId }),
    ...(securityVersionMin === undefined ? {} : { securityVersionMin }),
    ...Object.fromEntries(
      record.bindings.map(({ member, value }) => [at(RULE_BINDINGS, member), bytesToHex(value)]),
    ),
    ...(record.admits === 0 ? {} : { admits: at(RULE_SCOPES, record.admits) }),
  };
}

/** The policy as the state keeps it. */
export const policyToRecord = (policy: AttestationPolicy): AttestationPolicyRecord => ({
  kinds: policy.kinds.map((kind) => KIND_NUMBER[kind]),
  roots: policy.roots.map(rootToRecord),
  testRoots: policy.testRoots.map(rootToRecord),
  allowsDebug: policy.allowsDebug,
  lifetimeSeconds: policy.lifetimeSeconds,
  measurements: policy.measurements?.map(ruleToRecord),
  requiresDeviceId: policy.requiresDeviceId,
  requiresRevocationLists: policy.requiresRevocationLists,
  snpVmplMax: policy.snp.vmplMax,
  snpAllowsMigrationAgent: policy.snp.allowsMigrationAgent,
  snpAllowsProvisionalFirmware: policy.snp.allowsProvisionalFirmware,
  snpTcbMin: SNP_PRODUCTS.flatMap((name, product) => {
    const tcb = policy.snp.tcbMin[name];
    return tcb === undefined ? [] : [{ product, parts: SNP_TCB_PARTS.map((part) => tcb[part]) }];
  }),
  intelTcbStatuses: policy.intel.tcbStatuses.map((status) => TCB_STATUSES.indexOf(status)),
  intelTcbEvaluationDataNumberMin: policy.intel.tcbEvaluationDataNumberMin,
  intelEvaluationLag: policy.intel.evaluationLag,
  intelTrustBits: TRUST_BITS.map((name) => hexToBytes(policy.intel[name])),
  intelServiceTds: policy.intel.serviceTds.map(bytesOf),
  nvidiaRequiresRim: policy.nvidia.requiresRim,
  softwareAgeMaxSeconds: policy.software.ageMaxSeconds,
});

const recordToTcb = (parts: readonly number[]): SnpTcb =>
  Object.fromEntries(SNP_TCB_PARTS.map((part, i) => [part, at(parts, i)])) as unknown as SnpTcb;

/** The policy of a stored record. */
export const recordToPolicy = (record: AttestationPolicyRecord): AttestationPolicy => ({
  kinds: record.kinds.map(kindOf),
  roots: record.roots.map(recordToRoot),
  testRoots: record.testRoots.map(recordToRoot),
  allowsDebug: record.allowsDebug,
  lifetimeSeconds: record.lifetimeSeconds,
  measurements: record.measurements?.map(recordToRule),
  requiresDeviceId: record.requiresDeviceId,
  requiresRevocationLists: record.requiresRevocationLists,
  snp: {
    vmplMax: record.snpVmplMax,
    allowsMigrationAgent: record.snpAllowsMigrationAgent,
    allowsProvisionalFirmware: record.snpAllowsProvisionalFirmware,
    tcbMin: Object.fromEntries(
      record.snpTcbMin.map(({ product, parts }) => [at(SNP_PRODUCTS, product), recordToTcb(parts)]),
    ),
  },
  intel: {
    tcbStatuses: record.intelTcbStatuses.map((status) => at(TCB_STATUSES, status)),
    tcbEvaluationDataNumberMin: record.intelTcbEvaluationDataNumberMin,
    evaluationLag: record.intelEvaluationLag,
    ...(Object.fromEntries(
      TRUST_BITS.map((name, i) => [name, bytesToHex(at(record.intelTrustBits, i))]),
    ) as unknown as IntelTrustBits),
    serviceTds: record.intelServiceTds.map((id) => bytesToHex(id)),
  },
  nvidia: { requiresRim: record.nvidiaRequiresRim },
  software: { ageMaxSeconds: record.softwareAgeMaxSeconds },
});
