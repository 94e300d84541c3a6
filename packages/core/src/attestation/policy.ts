import { SNP_TCB_FLOORS } from './amd/snp-floors.ts';
import type { SnpProduct, SnpTcb } from './amd/snp-tcb.ts';
import type { TcbStatus } from './intel/tcb-status.ts';
import { ATTESTATION_KINDS, type AttestationKind } from './kinds.ts';
import { type RootPin, VENDOR_ROOTS } from './roots.ts';

/** What else a rule may bind, exactly, in hex as the report has it. */
export const RULE_BINDINGS = [
  /** HOST_DATA of an SNP guest, 32 bytes: with Kata containers the digest of the policy for what may run. */
  'hostData',
  /** PLATFORM_INFO of an SNP host, 8 bytes. */
  'platformInfo',
  /** MRCONFIGID, MROWNER and MROWNERCONFIG of a TD, 48 bytes each. */
  'configId',
  'owner',
  'ownerConfig',
  /** XFAM of a TD, 8 bytes. */
  'xfam',
  /** ATTRIBUTES: 8 bytes of a TD, 16 of an enclave. */
  'attributes',
] as const;

export type RuleBinding = (typeof RULE_BINDINGS)[number];

/** What a rule admits: one workload, anything on one firmware image, or whatever one key has signed. */
export const RULE_SCOPES = ['workload', 'firmware', 'signer'] as const;

export type RuleScope = (typeof RULE_SCOPES)[number];

/**
 * One admitted workload; all hex in lower case. Every given member must match, and a rule without a measurement and
 * without a signer matches nothing. What a rule leaves out is open to everybody, the host's administrator included.
 */
export interface MeasurementRule extends Readonly<Partial<Record<RuleBinding, string>>> {
  readonly kind: AttestationKind;
  /** SNP launch measurement, MRENCLAVE, MRTD, or the digest of a GPU's measurement record. */
  readonly measurement?: string;
  /** RTMR 0…3 of a TD; undefined entries are not compared. */
  readonly registers?: readonly (string | undefined)[];
  /** MRSIGNER of an enclave, or the ID key digest of an SNP guest. */
  readonly signer?: string;
  /** ISVPRODID of an enclave. */
  readonly productId?: number;
  /** Lowest ISVSVN of an enclave, or guest SVN under SNP. */
  readonly securityVersionMin?: number;
  /** Set by the author of a rule that is wider than a workload; 'workload' when left out. Changes no comparison. */
  readonly admits?: RuleScope;
}

/**
 * What a rule admits by what it names. A TD's MRTD is the firmware image of its cloud: kernel and programs are in the
 * registers 1 and 2. A signer alone admits every version of everything that it signs.
 */
export function scopeOf({ kind, measurement, registers = [], ...rest }: MeasurementRule): RuleScope {
  if (measurement === undefined) {
    const isProduct = kind === 'sgx' && rest.productId !== undefined && rest.securityVersionMin !== undefined;
    return isProduct ? 'workload' : 'signer';
  }
  const isFirmware = kind === 'tdx' && (registers[1] === undefined || registers[2] === undefined);
  return isFirmware ? 'firmware' : 'workload';
}

/** Bits of Intel's environments, in hex as the report has them (the first byte holds bits 0…7). */
export interface IntelTrustBits {
  /** ATTRIBUTES of a TD that may be set, 8 bytes. DEBUG is `allowsDebug`'s. */
  readonly tdAttributesAllowed: string;
  /** XFAM of a TD: what may and what must be set, 8 bytes. */
  readonly xfamAllowed: string;
  readonly xfamRequired: string;
  /** The flags among an enclave's ATTRIBUTES that may be set, 8 bytes. */
  readonly sgxAttributesAllowed: string;
}

/** What a chain demands beyond sound signatures. Part of genesis; the same evidence may pass one and fail another. */
export interface AttestationPolicy {
  readonly kinds: readonly AttestationKind[];
  readonly roots: readonly RootPin[];
  /** Roots of authorities that anybody may run. Never on a chain with money. */
  readonly testRoots: readonly RootPin[];
  readonly allowsDebug: boolean;
  /** Longest time that one verification counts, seconds. */
  readonly lifetimeSeconds: number;
  /** Admitted workloads, or undefined where any is. */
  readonly measurements: readonly MeasurementRule[] | undefined;
  /** Whether evidence without a hardware identity is refused (a VLEK with a masked chip has none). */
  readonly requiresDeviceId: boolean;
  /** Whether the lists of AMD and NVIDIA must be there; those of Intel always must. */
  readonly requiresRevocationLists: boolean;
  readonly snp: {
    /** Highest privilege level number that may ask for a report; 0 is the most privileged. */
    readonly vmplMax: number;
    readonly allowsMigrationAgent: boolean;
    /** Whether a level counts that the host has not committed to yet, and can go back below. */
    readonly allowsProvisionalFirmware: boolean;
    /** Lowest reported firmware level per generation. */
    readonly tcbMin: Readonly<Partial<Record<SnpProduct, SnpTcb>>>;
  };
  readonly intel: IntelTrustBits & {
    readonly tcbStatuses: readonly TcbStatus[];
    /** Older evaluations of the firmware levels are refused. */
    readonly tcbEvaluationDataNumberMin: number;
    /**
     * How many evaluations behind the newest one that the chain has seen still count. Intel serves a new evaluation to
     * who asks for it weeks before it is the usual one; with 0 anybody could end all others by submitting it.
     */
    readonly evaluationLag: number;
    /** MRSERVICETD values (hex) that may serve a TD; no service TD is always admitted. */
    readonly serviceTds: readonly string[];
  };
  readonly nvidia: {
    /** Without signed reference measurements nothing is compared; such a GPU scores less. */
    readonly requiresRim: boolean;
  };
  readonly software: {
    /** Oldest statement, seconds. */
    readonly ageMaxSeconds: number;
  };
}

/**
 * TD: exceptions on private pages off (28), supervisor keys (30), performance counters (63); not migratable (29).
 * XFAM: what TDX modules admit, x87 and SSE always. Enclaves: initialised, 64 bits, KSS, AEX-notify; no provisioning keys.
 */
const DEFAULT_TRUST_BITS: IntelTrustBits = {
  tdAttributesAllowed: '0000005000000080',
  xfamAllowed: 'e7db060000000000',
  xfamRequired: '0300000000000000',
  sgxAttributesAllowed: '8504000000000000',
};

/** The vendors' roots, no debugging, firmware that the vendors call current, reference measurements for GPUs. */
export const DEFAULT_ATTESTATION_POLICY: AttestationPolicy = {
  kinds: ATTESTATION_KINDS,
  roots: VENDOR_ROOTS,
  testRoots: [],
  allowsDebug: false,
  lifetimeSeconds: 86_400,
  measurements: undefined,
  requiresDeviceId: false,
  requiresRevocationLists: false,
  snp: {
    vmplMax: 3,
    allowsMigrationAgent: false,
    allowsProvisionalFirmware: false,
    tcbMin: SNP_TCB_FLOORS['2022-09'],
  },
  intel: {
    tcbStatuses: ['UpToDate', 'SWHardeningNeeded'],
    tcbEvaluationDataNumberMin: 0,
    evaluationLag: 1,
    serviceTds: [],
    ...DEFAULT_TRUST_BITS,
  },
  nvidia: { requiresRim: true },
  software: { ageMaxSeconds: 3_600 },
};

/** All roots that the policy names. */
export const rootsOf = (policy: AttestationPolicy): readonly RootPin[] => [
  ...policy.roots,
  ...policy.testRoots,
];
