import type { AttestationKind } from './kinds.ts';

/**
 * Work of one signature verification, in microseconds of the portable primitives: somewhat less than twice what the least
 * of many runs takes on a server core of 2.5 GHz. `bench/attestation-worst.ts` compares worst cases with their charge.
 */
export const VERIFICATION_WORK = { p256: 3_400, p384: 10_000, rsa: 1_000, message: 3_000 } as const;

/** Bytes read in one microsecond, for the worst input that a reader accepts; about twice as many in the least of many runs. */
export const BYTES_PER_WORK = { xml: 3, der: 8 } as const;

/** PCK chain 2, lists 2, documents 2 and their signers 2, quoting enclave and quote 2; the root is pinned whole. */
const INTEL_SIGNATURES = 10;
/** Five certificates (the root too, because only its key is pinned) and the report. */
const GPU_SIGNATURES = 6;
/** Four certificates and the document. */
const RIM_SIGNATURES = 5;
/** The responder's certificate and the response. */
const RESPONSE_SIGNATURES = 2;
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
  readonly responses?: readonly Sized[];
  readonly intel?: {
    readonly rootList: Sized;
    readonly platformList: Sized;
    readonly tcbInfo: { readonly bytes: Sized };
    readonly enclaveIdentity: { readonly bytes: Sized };
  };
}

/** Work of reading these parts. */
const readingWork = (parts: readonly Sized[], format: keyof typeof BYTES_PER_WORK = 'der'): number =>
  Math.ceil(parts.reduce((sum, part) => sum + part.length, 0) / BYTES_PER_WORK[format]);

/**
 * What a verification costs at most, in microseconds of the reference implementation, from counts and sizes alone:
 * a chain charges it before it verifies anything.
 */
export function attestationWork(evidence: SizedEvidence, collateral: SizedCollateral = {}): number {
  const { p256, p384, rsa, message } = VERIFICATION_WORK;
  const { lists = [], rims = [], responses = [], intel } = collateral;
  switch (evidence.kind) {
    case 'snp': {
      const parts = [evidence.report, ...evidence.chain, ...lists];
      return (2 + lists.length) * rsa + p384 + readingWork(parts);
    }
    case 'sgx':
    case 'tdx': {
      const documents = intel === undefined ? [] : [intel.tcbInfo.bytes, intel.enclaveIdentity.bytes];
      const published = intel === undefined ? [] : [intel.rootList, intel.platformList, ...documents];
      return INTEL_SIGNATURES * p256 + readingWork([evidence.quote, ...published]);
    }
    case 'nvidia': {
      const parts = evidence.gpus.flatMap((gpu) => [gpu.report, ...gpu.chain]);
      const signatures =
        evidence.gpus.length * GPU_SIGNATURES +
        rims.length * RIM_SIGNATURES +
        lists.length +
        responses.length * RESPONSE_SIGNATURES;
      return signatures * p384 + readingWork([...parts, ...lists, ...responses]) + readingWork(rims, 'xml');
    }
    case 'software':
      return message;
  }
}

/**
 * What `verifyVendorDocument` and keeping the document cost at most. A list is charged for the dearest key that may sign
 * one, and its bytes twice: it is compared with the one before it.
 */
export function vendorDocumentWork(
  kind: 'revocationList' | 'tcbInfo' | 'enclaveIdentity' | 'manifest',
  { body, chain }: { readonly body: Sized; readonly chain: readonly Sized[] },
): number {
  const { p256, p384 } = VERIFICATION_WORK;
  if (kind === 'revocationList') return (chain.length + 1) * p384 + readingWork([body, body, ...chain]);
  if (kind === 'manifest') return RIM_SIGNATURES * p384 + readingWork([body], 'xml');
  return DOCUMENT_SIGNATURES * p256 + readingWork([body, ...chain]);
}
