import type { AttestationKind } from './kinds.ts';

// Microseconds of the portable primitives on a server core of 2.5 GHz, rounded up.
const P256_WORK = 6_000;
const P384_WORK = 14_000;
const RSA_WORK = 4_000;
const MESSAGE_WORK = 4_000;
/** Reading, hashing and canonical forms, per byte. */
const BYTE_WORK = 1;

/** PCK chain 2, lists 2, documents 2 and their chains 2, quote 3; the root is pinned whole. */
const INTEL_SIGNATURES = 11;
/** Five certificates (the root too, because only its key is pinned) and the report. */
const GPU_SIGNATURES = 6;
/** Four certificates and the document. */
const RIM_SIGNATURES = 5;
/** One certificate, because the root is pinned whole, and the document. */
const DOCUMENT_SIGNATURES = 2;

/** Anything with a length in bytes: only that matters for work. */
export interface Sized {
  readonly length: number;
}

type Sizes<K extends AttestationKind, T> = { readonly kind: K } & Readonly<T>;

/** Evidence as far as its work depends on it; every `AttestationEvidence` is one. */
export type SizedEvidence =
  | Sizes<'snp', { report: Sized; chain: readonly Sized[] }>
  | Sizes<'sgx' | 'tdx', { quote: Sized }>
  | Sizes<'nvidia', { gpus: readonly { readonly report: Sized; readonly chain: readonly Sized[] }[] }>
  | Sizes<'software', object>;

/** Collateral as far as work depends on it. */
export interface SizedCollateral {
  readonly lists?: readonly Sized[];
  readonly rims?: readonly Sized[];
  readonly intel?: {
    readonly rootList: Sized;
    readonly platformList: Sized;
    readonly tcbInfo: { readonly bytes: Sized };
    readonly enclaveIdentity: { readonly bytes: Sized };
  };
}

const sizeOf = (parts: readonly Sized[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/**
 * What a verification costs at most, in microseconds of the reference implementation, from counts and sizes alone:
 * a chain charges it before it verifies anything.
 */
export function attestationWork(evidence: SizedEvidence, collateral: SizedCollateral = {}): number {
  const { lists = [], rims = [], intel } = collateral;
  switch (evidence.kind) {
    case 'snp': {
      const bytes = evidence.report.length + sizeOf(evidence.chain) + sizeOf(lists);
      return (2 + lists.length) * RSA_WORK + P384_WORK + bytes * BYTE_WORK;
    }
    case 'sgx':
    case 'tdx': {
      const documents = intel === undefined ? [] : [intel.tcbInfo.bytes, intel.enclaveIdentity.bytes];
      const published = intel === undefined ? [] : [intel.rootList, intel.platformList, ...documents];
      return INTEL_SIGNATURES * P256_WORK + (evidence.quote.length + sizeOf(published)) * BYTE_WORK;
    }
    case 'nvidia': {
      const parts = evidence.gpus.flatMap((gpu) => [gpu.report, ...gpu.chain]);
      const chains = evidence.gpus.length + rims.length;
      const signatures =
        evidence.gpus.length * GPU_SIGNATURES + rims.length * RIM_SIGNATURES + lists.length * chains;
      return signatures * P384_WORK + sizeOf([...parts, ...rims, ...lists]) * BYTE_WORK;
    }
    case 'software':
      return MESSAGE_WORK;
  }
}

/** What `verifyVendorDocument` costs at most. A list is charged for the dearest key that may sign one. */
export function vendorDocumentWork(
  kind: 'revocationList' | 'tcbInfo' | 'enclaveIdentity' | 'manifest',
  { body, chain }: { readonly body: Sized; readonly chain: readonly Sized[] },
): number {
  const bytes = (body.length + sizeOf(chain)) * BYTE_WORK;
  if (kind === 'revocationList') return (chain.length + 1) * P384_WORK + bytes;
  if (kind === 'manifest') return RIM_SIGNATURES * P384_WORK + bytes;
  return DOCUMENT_SIGNATURES * P256_WORK + bytes;
}
