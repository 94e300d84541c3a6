import { activePrimitives } from '../active-primitives.ts';
import type { AttestationRefusalCode } from '../codes.ts';
import { bytesToJsonRecord } from '../encoding/json.ts';
import { intersectWindows, TIME_MAX, type TimeWindow } from '../encoding/time.ts';
import type { VerificationContext } from '../facts.ts';
import { verifySignedDocument } from '../intel/collateral.ts';
import { readDocumentHead } from '../intel/document.ts';
import { verifyReferenceManifest } from '../nvidia/rim.ts';
import { type AttestationPolicy, rootsOf } from '../policy.ts';
import type { AttestationPrimitives } from '../primitives.ts';
import { AttestationRefusal, expect, refuse } from '../refusal.ts';
import { isPinned, type RootRole } from '../roots.ts';
import type { Certificate } from '../x509/certificate.ts';
import { parseChain, rootOf, verifyChain } from '../x509/chain.ts';
import { assertRevocationList, parseRevocationList } from '../x509/crl.ts';
import {
  type DocumentIdentity,
  identifyIntelDocument,
  identifyList,
  identifyManifest,
} from './identify-document.ts';
import type { Vendor, VendorDocument } from './vendor-document.ts';

/** What a sound document is about, and how it compares with others on the same subject. */
export interface AcceptedDocument extends DocumentIdentity {
  readonly accepted: true;
  readonly code: 'ok';
  readonly vendor: Vendor;
  /** When it counts: its own window and that of the certificates behind it, Unix seconds inclusive. */
  readonly validFrom: number;
  /** Serial numbers (hex) that a list revokes. */
  readonly revoked: ReadonlySet<string>;
}

export interface RefusedDocument {
  readonly accepted: false;
  readonly code: AttestationRefusalCode;
  /** For people; not stable. */
  readonly detail: string;
}

interface Finding {
  readonly identity: DocumentIdentity;
  readonly vendor: Vendor;
  readonly revoked: ReadonlySet<string>;
  readonly window: TimeWindow;
}

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
  const identity = identifyList(list, chain, primitives);
  return { identity, vendor, window: intersectWindows([window, list.window]), revoked: list.revoked };
}

function find(document: VendorDocument, context: VerificationContext): Finding {
  switch (document.kind) {
    case 'revocationList':
      return findList(document, context);
    case 'tcbInfo':
    case 'enclaveIdentity': {
      const { bytes } = document.document;
      const { window } = verifySignedDocument(document.document, document.kind, context);
      const head = readDocumentHead(bytesToJsonRecord(bytes, document.kind));
      const whole = intersectWindows([window, head.window]);
      const identity = identifyIntelDocument(document);
      return { identity, vendor: 'intel', window: whole, revoked: NOTHING };
    }
    case 'manifest': {
      const manifest = verifyReferenceManifest(document.manifest, context);
      const { window } = manifest;
      return { identity: identifyManifest(manifest), vendor: 'nvidia', window, revoked: NOTHING };
    }
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
    const { identity, window, vendor, revoked } = find(document, { policy, primitives });
    const isInside = window.from <= now && now <= window.until;
    expect(isInside, 'expired', `valid from ${window.from} to ${window.until}, asked at ${now}`);
    return { accepted: true, code: 'ok', ...identity, vendor, revoked, validFrom: window.from };
  } catch (error) {
    if (!(error instanceof AttestationRefusal)) throw error;
    return { accepted: false, code: error.code, detail: error.message };
  }
}
