import { activePrimitives } from '../active-primitives.ts';
import type { AttestationRefusalCode } from '../codes.ts';
import { bytesToJsonRecord } from '../encoding/json.ts';
import { intersectWindows, TIME_MAX, type TimeWindow } from '../encoding/time.ts';
import type { VerificationContext } from '../facts.ts';
import { type SignedDocument, verifySignedDocument } from '../intel/collateral.ts';
import { readDocumentHead } from '../intel/document.ts';
import { readEnclaveIdentity } from '../intel/enclave-identity.ts';
import { readTcbInfo } from '../intel/tcb-info.ts';
import { verifyReferenceManifest } from '../nvidia/rim.ts';
import { type AttestationPolicy, rootsOf } from '../policy.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { AttestationRefusal, expect, refuse } from '../refusal.ts';
import { isPinned, type RootRole } from '../roots.ts';
import type { Certificate } from '../x509/certificate.ts';
import { parseChain, rootOf, verifyChain } from '../x509/chain.ts';
import { assertRevocationList, identifyList, parseRevocationList } from '../x509/crl.ts';

/** Who publishes a document. */
export type Vendor = 'amd' | 'intel' | 'nvidia';

/** A statement of a vendor by itself, with all that is needed to believe it. */
export type VendorDocument =
  /** A revocation list (DER) and its issuer's chain: the issuer first, the root last. */
  | { readonly kind: 'revocationList'; readonly list: Uint8Array; readonly chain: readonly Uint8Array[] }
  /** Firmware levels of a platform, or of a quoting enclave, as Intel signed them. */
  | { readonly kind: 'tcbInfo' | 'enclaveIdentity'; readonly document: SignedDocument }
  /** Reference measurements (XML) with the chain inside. */
  | { readonly kind: 'manifest'; readonly manifest: Uint8Array };

/** What a sound document is about, and how it compares with others on the same subject. */
export interface AcceptedDocument {
  readonly accepted: true;
  readonly code: 'ok';
  readonly vendor: Vendor;
  /** Same kind and subject: one replaces the other. For a list: its issuer, named as in `UsedList`. */
  readonly subject: string;
  /** The higher one is newer: tcbEvaluationDataNumber, 0 where there is none. */
  readonly rank: number;
  /** Among equal ranks the later one is newer: issue date; the end of validity for manifests, which have none. */
  readonly date: number;
  /** When it counts: its own window and that of the certificates behind it, Unix seconds inclusive. */
  readonly validFrom: number;
  readonly validUntil: number;
  /** Serial numbers (hex) that a list revokes. */
  readonly revoked: ReadonlySet<string>;
}

export interface RefusedDocument {
  readonly accepted: false;
  readonly code: AttestationRefusalCode;
  /** For people; not stable. */
  readonly detail: string;
}

type Finding = Omit<AcceptedDocument, 'accepted' | 'code' | 'validFrom' | 'validUntil'> & {
  readonly window: TimeWindow;
};

const VENDOR_BY_ROLE: Readonly<Record<RootRole, Vendor>> = {
  'amd-milan': 'amd',
  'amd-genoa': 'amd',
  'amd-turin': 'amd',
  intel: 'intel',
  'nvidia-device': 'nvidia',
  'nvidia-rim': 'nvidia',
};
const ROLES = Object.keys(VENDOR_BY_ROLE) as RootRole[];
const NOTHING: ReadonlySet<string> = new Set();

function findList(
  { list: encoded, chain: encodedChain }: Extract<VendorDocument, { kind: 'revocationList' }>,
  { policy, primitives }: VerificationContext,
): Finding {
  const list = parseRevocationList(encoded);
  const chain = parseChain(encodedChain);
  const roots = rootsOf(policy);
  const roleOf = (root: Certificate): RootRole | undefined =>
    ROLES.find((role) => isPinned(root, role, { roots, primitives }));
  const role = roleOf(rootOf(chain)) ?? refuse('chain', 'list: the root is not one that the policy names');
  const vendor = VENDOR_BY_ROLE[role];
  const window = verifyChain({
    chain,
    primitives,
    isRoot: (certificate) => roleOf(certificate) !== undefined,
    isWholeRootPinned: vendor !== 'nvidia',
    name: 'chain of the list',
    isOfAuthority: true,
  });
  assertRevocationList({ list, issuer: chain[0], primitives, isUsageWaived: vendor === 'amd' });
  return {
    vendor,
    subject: identifyList(list, chain[0], primitives).issuer,
    rank: 0,
    date: list.window.from,
    window: intersectWindows([window, list.window]),
    revoked: list.revoked,
  };
}

/** The environment that a TCB info or an enclave identity is for; its own readers check the rest. */
function environmentOf(id: string): 'sgx' | 'tdx' {
  if (id === 'SGX' || id === 'QE') return 'sgx';
  if (id === 'TDX' || id === 'TD_QE') return 'tdx';
  return refuse('unsupported', `document for ${id.slice(0, 20)}`);
}

function findDocument(
  { kind, document }: Extract<VendorDocument, { kind: 'tcbInfo' | 'enclaveIdentity' }>,
  context: VerificationContext,
): Finding {
  const { window } = verifySignedDocument(document, kind, context);
  const { id } = readDocumentHead(bytesToJsonRecord(document.bytes, kind));
  const environment = environmentOf(id);
  const isInfo = kind === 'tcbInfo';
  const info = isInfo ? readTcbInfo(document.bytes, environment) : undefined;
  const head = info ?? readEnclaveIdentity(document.bytes, environment);
  return {
    vendor: 'intel',
    subject: info === undefined ? id : `${id}/${info.fmspc}/${info.pceId}`,
    rank: head.tcbEvaluationDataNumber,
    date: head.window.from,
    window: intersectWindows([window, head.window]),
    revoked: NOTHING,
  };
}

function findManifest(manifest: Uint8Array, context: VerificationContext): Finding {
  const { product, version, tag, window } = verifyReferenceManifest(manifest, context);
  const subject = `${product}/${version}/${tag}`;
  return { vendor: 'nvidia', subject, rank: 0, date: window.until, window, revoked: NOTHING };
}

function find(document: VendorDocument, context: VerificationContext): Finding {
  switch (document.kind) {
    case 'revocationList':
      return findList(document, context);
    case 'tcbInfo':
    case 'enclaveIdentity':
      return findDocument(document, context);
    case 'manifest':
      return findManifest(document.manifest, context);
  }
}

export interface VerifyDocumentOptions {
  /** Block time, Unix seconds. */
  readonly now: number;
  readonly policy: AttestationPolicy;
  /** The process-wide ones when absent. */
  readonly primitives?: AttestationPrimitives | undefined;
}

/**
 * Verifies a vendor's document by itself, so that a chain can keep it and have it cited. Whether it fits some evidence is
 * for `verifyAttestation`. Pure; a bad document is a refusal, never an exception.
 *
 * @throws RangeError when `now` is out of range.
 * @example verifyVendorDocument({ kind: 'manifest', manifest }, { now, policy: DEFAULT_ATTESTATION_POLICY })
 */
export function verifyVendorDocument(
  document: VendorDocument,
  { now, policy, primitives = activePrimitives() }: VerifyDocumentOptions,
): AcceptedDocument | RefusedDocument {
  if (!Number.isInteger(now) || now < 0 || now > TIME_MAX) {
    throw new RangeError(`now: expected Unix seconds 0…${TIME_MAX}, got ${now}`);
  }
  try {
    const { window, ...finding } = find(document, { policy, primitives });
    const isInside = window.from <= now && now <= window.until;
    expect(isInside, 'expired', `valid from ${window.from} to ${window.until}, asked at ${now}`);
    return { accepted: true, code: 'ok', ...finding, validFrom: window.from, validUntil: window.until };
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    return { accepted: false, code: error.code, detail: error.message };
  }
}
