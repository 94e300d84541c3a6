/** What kind of environment vouches: three processors, graphics processors, or nothing but a provider's word. */
export const ATTESTATION_KINDS = ['snp', 'sgx', 'tdx', 'nvidia', 'software'] as const;

export type AttestationKind = (typeof ATTESTATION_KINDS)[number];

/** Type numbers of quotes in the JSON dialect; also the byte that stands for a kind in hashes. */
export const KIND_NUMBER: Readonly<Record<AttestationKind, number>> = {
  sgx: 1,
  snp: 2,
  tdx: 3,
  nvidia: 4,
  software: 6,
};

/** Kinds of processors, whose evidence measures a workload and can vouch for a key inside it. */
export const PROCESSOR_KINDS = ['snp', 'sgx', 'tdx'] as const satisfies readonly AttestationKind[];

export type ProcessorKind = (typeof PROCESSOR_KINDS)[number];

/** Whether a kind is that of a processor. */
export const isProcessorKind = (kind: AttestationKind): kind is ProcessorKind =>
  (PROCESSOR_KINDS as readonly string[]).includes(kind);
