import type { SnpProduct, SnpTcb } from './amd/snp-tcb.ts';
import type { TcbStatus } from './intel/tcb-status.ts';
import { ATTESTATION_KINDS, type AttestationKind } from './kinds.ts';
import { type RootPin, VENDOR_ROOTS } from './roots.ts';

/**
 * One admitted workload; all hex in lower case. Every given member must match, and a rule without a measurement and
 * without a signer matches nothing.
 */
export interface MeasurementRule {
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
    /** Lowest reported firmware level per generation. */
    readonly tcbMin: Readonly<Partial<Record<SnpProduct, SnpTcb>>>;
  };
  readonly intel: {
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
  snp: { vmplMax: 3, allowsMigrationAgent: false, tcbMin: {} },
  intel: {
    tcbStatuses: ['UpToDate', 'SWHardeningNeeded'],
    tcbEvaluationDataNumberMin: 0,
    evaluationLag: 1,
    serviceTds: [],
  },
  nvidia: { requiresRim: true },
  software: { ageMaxSeconds: 3_600 },
};

/** All roots that the policy names. */
export const rootsOf = (policy: AttestationPolicy): readonly RootPin[] => [
  ...policy.roots,
  ...policy.testRoots,
];
