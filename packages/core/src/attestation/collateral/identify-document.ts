import { bytesToJsonRecord } from '../encoding/json.ts';
import { intersectWindows } from '../encoding/time.ts';
import { readDocumentHead } from '../intel/document.ts';
import { readEnclaveIdentity } from '../intel/enclave-identity.ts';
import { readTcbInfo } from '../intel/tcb-info.ts';
import { type ReferenceManifest, readReferenceManifest } from '../nvidia/rim.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { refuse } from '../refusal.ts';
import { type CertificateChain, identifyAuthority, parseChain } from '../x509/chain.ts';
import { parseRevocationList, type RevocationList } from '../x509/crl.ts';
import type { VendorDocument } from './vendor-document.ts';

/** What a document is about, and how it compares with others on the same subject. */
export interface DocumentIdentity {
  /** Same kind and subject: one replaces the other. For a list: its issuer, named as in `UsedList`. */
  readonly subject: string;
  /** The later one is newer: issue date; the end of validity for manifests, which have none. */
  readonly date: number;
  /** The end of the document and of the certificates behind it, Unix seconds inclusive. */
  readonly validUntil: number;
  /** Number of the evaluation of firmware levels and the environment that it is for; undefined for all others. */
  readonly evaluation: { readonly kind: 'sgx' | 'tdx'; readonly number: number } | undefined;
}

/** The environment that a TCB info or an enclave identity is for; its own readers check the rest. */
function environmentOf(id: string): 'sgx' | 'tdx' {
  if (id === 'SGX' || id === 'QE') return 'sgx';
  if (id === 'TDX' || id === 'TD_QE') return 'tdx';
  return refuse('unsupported', `document for ${id.slice(0, 20)}`);
}

export const identifyList = (
  { window }: RevocationList,
  chain: CertificateChain,
  primitives: AttestationPrimitives,
): DocumentIdentity => ({
  subject: identifyAuthority(chain[0], primitives),
  date: window.from,
  validUntil: intersectWindows([window, ...chain.map((one) => one.window)]).until,
  evaluation: undefined,
});

export function identifyManifest({
  product,
  version,
  tag,
  chain,
}: Pick<ReferenceManifest, 'product' | 'version' | 'tag' | 'chain'>): DocumentIdentity {
  const { until } = intersectWindows(chain.map(({ window }) => window));
  return { subject: `${product}/${version}/${tag}`, date: until, validUntil: until, evaluation: undefined };
}

/** Intel keeps several evaluations current at a time, so each has a subject of its own. */
export function identifyIntelDocument({
  kind,
  document,
}: Extract<VendorDocument, { kind: 'tcbInfo' | 'enclaveIdentity' }>): DocumentIdentity {
  const { id } = readDocumentHead(bytesToJsonRecord(document.bytes, kind));
  const environment = environmentOf(id);
  const info = kind === 'tcbInfo' ? readTcbInfo(document.bytes, environment) : undefined;
  const head = info ?? readEnclaveIdentity(document.bytes, environment);
  const number = head.tcbEvaluationDataNumber;
  const chain = parseChain(document.chain);
  return {
    subject: info === undefined ? `${id}/${number}` : `${id}/${info.fmspc}/${info.pceId}/${number}`,
    date: head.window.from,
    validUntil: intersectWindows([head.window, ...chain.map(({ window }) => window)]).until,
    evaluation: { kind: environment, number },
  };
}

/**
 * Reads what a document is about, and believes nothing: who publishes it needs to know its place before it is sent.
 * @throws AttestationRefusal where it has another form.
 */
export function identifyDocument(
  document: VendorDocument,
  primitives: AttestationPrimitives,
): DocumentIdentity {
  switch (document.kind) {
    case 'revocationList':
      return identifyList(parseRevocationList(document.list), parseChain(document.chain), primitives);
    case 'tcbInfo':
    case 'enclaveIdentity':
      return identifyIntelDocument(document);
    case 'manifest':
      return identifyManifest(readReferenceManifest(document.manifest));
  }
}
