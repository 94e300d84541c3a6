import type { AttestationKind } from '@aivm/core/attestation';
import type { OperationOf } from '@aivm/core/tx';

/** What evidence must answer: it is worth nothing for any other chain, operator, moment or session key. */
export interface EvidenceRequest {
  readonly chainId: bigint;
  readonly provider: string;
  /** Time of the block that the evidence answers, Unix seconds. */
  readonly blockTime: number;
  /** The 32 bytes for evidence of a kind: begin of the report data, or nonce of the SPDM request. */
  bindingOf(kind: AttestationKind): Uint8Array;
}

/** The evidence of one attestation, as the operation carries it. */
export type Evidence = Pick<OperationOf<'submitAttestation'>, 'processors' | 'gpus' | 'statements'> &
  /** OCSP responses for the chains of GPUs. */
  Partial<Pick<OperationOf<'submitAttestation'>, 'responses'>>;

/** A vendor's document, as it is published on chain. */
export type VendorDocument = Omit<OperationOf<'submitCollateral'>, 'kind'>;

/** Where a provider's evidence comes from. */
export interface EvidenceSource {
  /** Makes fresh evidence. Fails with any error; it is asked again later. */
  makeEvidence(request: EvidenceRequest, options: { readonly signal: AbortSignal }): Promise<Evidence>;
  /** Documents that the evidence is to be held against; read anew for every attestation. */
  readDocuments?(): Promise<readonly VendorDocument[]>;
}

const REPORT_DATA_BYTES = 64;

/** The report data that carries a binding: the binding, then zeros. */
export function reportDataOf(binding: Uint8Array): Uint8Array {
  const data = new Uint8Array(REPORT_DATA_BYTES);
  data.set(binding);
  return data;
}
