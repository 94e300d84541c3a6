import { isSnpTcbFloorName, SNP_TCB_FLOORS } from '../../attestation/amd/snp-floors.ts';
import { SNP_TCB_PARTS, type SnpProduct, type SnpTcb } from '../../attestation/amd/snp-tcb.ts';
import { TCB_STATUSES } from '../../attestation/intel/tcb-status.ts';
import { ATTESTATION_KINDS, type AttestationKind } from '../../attestation/kinds.ts';
import {
  type AttestationPolicy,
  DEFAULT_ATTESTATION_POLICY,
  type IntelTrustBits,
  type MeasurementRule,
  RULE_BINDINGS,
  RULE_SCOPES,
  type RuleBinding,
  type RuleScope,
  scopeOf,
} from '../../attestation/policy.ts';
import type { RootPin } from '../../attestation/roots.ts';
import {
  MEASUREMENT_BYTES_MAX,
  MEASUREMENT_RULES_MAX,
  REGISTERS_MAX,
  ROOT_ROLES,
  ROOTS_MAX,
  SERVICE_TDS_MAX,
  SNP_PRODUCTS,
} from '../../state/attestation-policy.ts';
import { integerField, listField, objectField, refuse } from './genesis-fields.ts';

type Json = Readonly<Record<string, unknown>>;

/** A year: evidence should be asked for again long before its certificates end. */
const LIFETIME_SECONDS_MAX = 31_536_000;
const U32_MAX = 2 ** 32 - 1;

function flag(json: Json, field: string, name: string, value: boolean): boolean {
  const given = json[field] ?? value;
  if (typeof given !== 'boolean') refuse(`${name}.${field}`, 'true or false');
  return given;
}

const integer = (json: Json, field: string, name: string, value: number, max: number): number =>
  json[field] === undefined ? value : integerField(json[field], `${name}.${field}`, max);

function choice<T extends string>(json: unknown, name: string, choices: readonly T[]): T {
  const found = choices.find((one) => one === json);
  return found ?? refuse(name, `one of ${choices.join(', ')}`);
}

function boundedList(json: unknown, name: string, max: number): readonly unknown[] {
  const values = listField(json, name);
  if (values.length > max) refuse(name, `at most ${max} entries`);
  return values;
}

function choices<T extends string>(json: unknown, name: string, all: readonly T[]): readonly T[] {
  const chosen = boundedList(json, name, all.length).map((one, i) => choice(one, `${name}[${i}]`, all));
  if (new Set(chosen).size !== chosen.length) refuse(name, 'each name once');
  return chosen;
}

/** Lower-case hex of 1…`sizeMax` bytes, of exactly `sizeMax` where `isExact`. */
function hex(json: unknown, name: string, sizeMax: number, isExact = false): string {
  const digits = typeof json === 'string' ? json.toLowerCase().replace(/^0x/, '') : '';
  const isHex = /^(?:[0-9a-f]{2})+$/.test(digits) && digits.length <= 2 * sizeMax;
  if (!isHex || (isExact && digits.length !== 2 * sizeMax)) {
    refuse(name, `${isExact ? '' : 'at most '}${sizeMax} bytes in hex`);
  }
  return digits;
}

const parseRoots = (json: unknown, name: string): readonly RootPin[] =>
  boundedList(json, name, ROOTS_MAX).map((entry, i) => {
    const root = objectField(entry, `${name}[${i}]`, ['role', 'sha256']);
    return {
      role: choice(root.role, `${name}[${i}].role`, ROOT_ROLES),
      sha256: hex(root.sha256, `${name}[${i}].sha256`, 32, true),
    };
  });

/** Bytes of what a rule binds; 16 or 8 for the attributes of an enclave or a TD. */
const BINDING_BYTES: Readonly<Record<RuleBinding, number>> = {
  hostData: 32,
  platformInfo: 8,
  configId: 48,
  owner: 48,
  ownerConfig: 48,
  xfam: 8,
  attributes: 16,
};
/** The kinds whose evidence says what a rule binds. */
const BOUND_KINDS: Readonly<Record<RuleBinding, readonly AttestationKind[]>> = {
  hostData: ['snp'],
  platformInfo: ['snp'],
  configId: ['tdx'],
  owner: ['tdx'],
  ownerConfig: ['tdx'],
  xfam: ['tdx'],
  attributes: ['sgx', 'tdx'],
};
const RULE_FIELDS = [
  ...['kind', 'measurement', 'registers', 'signer', 'productId', 'securityVersionMin', 'admits'],
  ...RULE_BINDINGS,
];

function parseBindings(
  rule: Json,
  kind: AttestationKind,
  name: string,
): Partial<Record<RuleBinding, string>> {
  const given = RULE_BINDINGS.filter((binding) => rule[binding] !== undefined);
  return Object.fromEntries(
    given.map((binding) => {
      const field = `${name}.${binding}`;
      if (!BOUND_KINDS[binding].includes(kind)) refuse(field, `nothing: evidence of kind ${kind} has none`);
      const size = binding === 'attributes' && kind === 'tdx' ? 8 : BINDING_BYTES[binding];
      return [binding, hex(rule[binding], field, size, true)];
    }),
  );
}

/** Refuses a rule that is wider than it says. */
function assertScope(rule: MeasurementRule, name: string): void {
  const [scope, said] = [scopeOf(rule), rule.admits ?? 'workload'];
  if (scope === said) return;
  const reasons: Readonly<Record<RuleScope, string>> = {
    workload: 'a wider rule; this one names one workload: leave "admits" out',
    firmware:
      'registers 1 and 2 (kernel, programs), because the measurement of a TD is the firmware of its cloud; or "admits": "firmware"',
    signer:
      'a measurement (of an enclave also: product and least version), because a signer signs many; or "admits": "signer"',
  };
  refuse(name, reasons[scope]);
}

function parseRule(json: unknown, name: string): MeasurementRule {
  const rule = objectField(json, name, RULE_FIELDS);
  if (rule.measurement === undefined && rule.signer === undefined) {
    refuse(name, 'a measurement or a signer; without both it matches nothing');
  }
  const digest = (field: string): Record<string, string> =>
    rule[field] === undefined ? {} : { [field]: hex(rule[field], `${name}.${field}`, MEASUREMENT_BYTES_MAX) };
  const number = (field: string): Record<string, number> =>
    rule[field] === undefined ? {} : { [field]: integerField(rule[field], `${name}.${field}`, U32_MAX) };
  const kind = choice(rule.kind, `${name}.kind`, ATTESTATION_KINDS);
  const parsed: MeasurementRule = {
    kind,
    registers: boundedList(rule.registers ?? [], `${name}.registers`, REGISTERS_MAX).map((register, i) =>
      register === null ? undefined : hex(register, `${name}.registers[${i}]`, MEASUREMENT_BYTES_MAX),
    ),
    ...digest('measurement'),
    ...digest('signer'),
    ...number('productId'),
    ...number('securityVersionMin'),
    ...parseBindings(rule, kind, name),
    ...(rule.admits === undefined ? {} : { admits: choice(rule.admits, `${name}.admits`, RULE_SCOPES) }),
  };
  assertScope(parsed, name);
  return parsed;
}

function parseTcbMin(json: unknown, name: string): Partial<Record<SnpProduct, SnpTcb>> {
  if (isSnpTcbFloorName(json)) return SNP_TCB_FLOORS[json];
  const names = Object.keys(SNP_TCB_FLOORS).join(', ');
  if (typeof json === 'string') refuse(name, `levels by generation, or one of ${names}`);
  const levels = objectField(json, name, SNP_PRODUCTS);
  return Object.fromEntries(
    Object.entries(levels).map(([product, level]) => {
      const parts = objectField(level, `${name}.${product}`, SNP_TCB_PARTS);
      const tcb = SNP_TCB_PARTS.map((part) => [part, integer(parts, part, `${name}.${product}`, 0, 255)]);
      return [product, Object.fromEntries(tcb)];
    }),
  );
}

function parseSnp(json: unknown, name: string): AttestationPolicy['snp'] {
  const { snp: defaults } = DEFAULT_ATTESTATION_POLICY;
  const snp = objectField(json, name, Object.keys(defaults));
  return {
    vmplMax: integer(snp, 'vmplMax', name, defaults.vmplMax, 3),
    allowsMigrationAgent: flag(snp, 'allowsMigrationAgent', name, defaults.allowsMigrationAgent),
    allowsProvisionalFirmware: flag(
      snp,
      'allowsProvisionalFirmware',
      name,
      defaults.allowsProvisionalFirmware,
    ),
    tcbMin: snp.tcbMin === undefined ? defaults.tcbMin : parseTcbMin(snp.tcbMin, `${name}.tcbMin`),
  };
}

function parseIntel(json: unknown, name: string): AttestationPolicy['intel'] {
  const { intel: defaults } = DEFAULT_ATTESTATION_POLICY;
  const intel = objectField(json, name, Object.keys(defaults));
  const bits = (field: keyof IntelTrustBits): string =>
    hex(intel[field] ?? defaults[field], `${name}.${field}`, 8, true);
  return {
    tdAttributesAllowed: bits('tdAttributesAllowed'),
    xfamAllowed: bits('xfamAllowed'),
    xfamRequired: bits('xfamRequired'),
    sgxAttributesAllowed: bits('sgxAttributesAllowed'),
    tcbStatuses: choices(intel.tcbStatuses ?? defaults.tcbStatuses, `${name}.tcbStatuses`, TCB_STATUSES),
    tcbEvaluationDataNumberMin: integer(intel, 'tcbEvaluationDataNumberMin', name, 0, U32_MAX),
    evaluationLag: integer(intel, 'evaluationLag', name, defaults.evaluationLag, 255),
    serviceTds: boundedList(intel.serviceTds ?? [], `${name}.serviceTds`, SERVICE_TDS_MAX).map((id, i) =>
      hex(id, `${name}.serviceTds[${i}]`, MEASUREMENT_BYTES_MAX, true),
    ),
  };
}

function parsePolicy(json: unknown, name: string): Omit<AttestationPolicy, 'roots' | 'testRoots'> {
  const { roots: _roots, testRoots: _testRoots, ...defaults } = DEFAULT_ATTESTATION_POLICY;
  const policy = objectField(json, name, Object.keys(defaults));
  const nvidia = objectField(policy.nvidia ?? {}, `${name}.nvidia`, ['requiresRim']);
  const software = objectField(policy.software ?? {}, `${name}.software`, ['ageMaxSeconds']);
  const { lifetimeSeconds, nvidia: gpu, software: statement } = defaults;
  const measurements = policy.measurements ?? undefined;
  const isKind = (kind: 'requiresDeviceId' | 'requiresRevocationLists' | 'allowsDebug'): boolean =>
    flag(policy, kind, name, defaults[kind]);
  return {
    kinds: choices(policy.kinds ?? defaults.kinds, `${name}.kinds`, ATTESTATION_KINDS),
    allowsDebug: isKind('allowsDebug'),
    lifetimeSeconds: integer(policy, 'lifetimeSeconds', name, lifetimeSeconds, LIFETIME_SECONDS_MAX),
    measurements:
      measurements === undefined
        ? undefined
        : boundedList(measurements, `${name}.measurements`, MEASUREMENT_RULES_MAX).map((rule, i) =>
            parseRule(rule, `${name}.measurements[${i}]`),
          ),
    requiresDeviceId: isKind('requiresDeviceId'),
    requiresRevocationLists: isKind('requiresRevocationLists'),
    snp: parseSnp(policy.snp ?? {}, `${name}.snp`),
    intel: parseIntel(policy.intel ?? {}, `${name}.intel`),
    nvidia: { requiresRim: flag(nvidia, 'requiresRim', `${name}.nvidia`, gpu.requiresRim) },
    software: {
      ageMaxSeconds: integer(
        software,
        'ageMaxSeconds',
        `${name}.software`,
        statement.ageMaxSeconds,
        LIFETIME_SECONDS_MAX,
      ),
    },
  };
}

/**
 * The attestation policy of a genesis: `roots` replaces the vendors', `testRoots` adds authorities that anybody may run
 * (development chains only), `policy` takes defaults for what it leaves out.
 * @throws AivmError `config_refused` that names the field.
 */
export function parseAttestation(json: unknown, name: string): AttestationPolicy {
  const attestation = objectField(json, name, ['roots', 'policy', 'testRoots']);
  return {
    ...parsePolicy(attestation.policy ?? {}, `${name}.policy`),
    roots:
      attestation.roots === undefined
        ? DEFAULT_ATTESTATION_POLICY.roots
        : parseRoots(attestation.roots, `${name}.roots`),
    testRoots: parseRoots(attestation.testRoots ?? [], `${name}.testRoots`),
  };
}
