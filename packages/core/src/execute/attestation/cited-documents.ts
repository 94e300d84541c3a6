import type { Vendor } from '../../attestation/collateral/vendor-document.ts';
import type { IntelCollateral, SignedDocument } from '../../attestation/intel/collateral.ts';
import type { AttestationCollateral } from '../../attestation/verify-attestation.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { assert } from '../../errors/aivm-error.ts';
import { readCollateral, readCollateralSlot } from '../../state/read-attestation.ts';
import {
  type CollateralContent,
  CollateralKind,
  collateralContentCodec,
  VENDORS,
} from '../../state/records/collateral.ts';
import { parseStored } from '../../state/stored-record.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { requireEvidence } from './refuse-evidence.ts';

type SubmitAttestation = OperationOf<'submitAttestation'>;
type Citation = SubmitAttestation['lists'][number];

/** A cited document as it is on chain. */
interface CitedDocument extends CollateralContent {
  readonly vendor: Vendor;
  readonly validUntil: number;
}

/** Everything that an attestation cites. */
export interface CitedDocuments {
  readonly lists: readonly CitedDocument[];
  readonly documents: readonly CitedDocument[];
  readonly manifests: readonly CitedDocument[];
  /** OCSP responses, which come with the evidence. */
  readonly responses: readonly Uint8Array[];
  /** Slots of the cited lists, hex. */
  readonly listSlots: ReadonlySet<string>;
  /** The end of the first of them to end; undefined where nothing is cited. */
  readonly validUntil: number | undefined;
}

/** @throws AivmError `attestation_collateral_missing`, `attestation_collateral_mismatch`. */
export function readCitations(context: BlockContext, operation: SubmitAttestation): CitedDocuments {
  const listSlots = new Set<string>();
  const seen = new Set<string>();
  const read = ({ slot, size }: Citation, kinds: readonly number[]): CitedDocument => {
    const name = bytesToHex(slot);
    requireEvidence(!seen.has(name), 'collateral_mismatch', () => `slot 0x${name} is cited twice`);
    seen.add(name);
    const head = readCollateralSlot(context.state, slot);
    requireEvidence(head !== undefined, 'collateral_missing', () => `nothing on chain in slot 0x${name}`);
    requireEvidence(
      head.size <= size,
      'collateral_mismatch',
      () => `slot 0x${name}: cited with ${size} bytes, the document has ${head.size}`,
    );
    const stored = readCollateral(context.state, slot);
    assert(stored !== undefined, 'a slot without its document');
    const isKind = kinds.includes(stored.kind);
    requireEvidence(isKind, 'collateral_mismatch', () => `slot 0x${name}: a document of another kind`);
    if (stored.kind === CollateralKind.revocationList) listSlots.add(name);
    const vendor = VENDORS[stored.vendor];
    assert(vendor !== undefined, 'a document of an unknown vendor');
    const content = parseStored(collateralContentCodec, stored.content);
    return { ...content, vendor, validUntil: head.validUntil };
  };
  const lists = operation.lists.map((citation) => read(citation, [CollateralKind.revocationList]));
  const documents = operation.documents.map((citation) =>
    read(citation, [CollateralKind.tcbInfo, CollateralKind.enclaveIdentity]),
  );
  const manifests = operation.manifests.map((citation) => read(citation, [CollateralKind.manifest]));
  const ends = [...lists, ...documents, ...manifests].map(({ validUntil }) => validUntil);
  return {
    lists,
    documents,
    manifests,
    responses: operation.responses,
    listSlots,
    validUntil: ends.length === 0 ? undefined : Math.min(...ends),
  };
}

const signed = ({ body, signature, chain }: CollateralContent): SignedDocument => ({
  bytes: body,
  signature,
  chain,
});

/** Intel's lists by whose they are: the root's has a chain of one certificate. */
function intelOf({ lists, documents }: CitedDocuments): IntelCollateral | undefined {
  const own = lists.filter(({ vendor }) => vendor === 'intel');
  const [rootList, platformList] = [1, 2].map((length) => own.find(({ chain }) => chain.length === length));
  const info = documents.find(({ kind }) => kind === CollateralKind.tcbInfo);
  const identity = documents.find(({ kind }) => kind === CollateralKind.enclaveIdentity);
  requireEvidence(own.length <= 2, 'collateral_mismatch', () => 'a quote needs two lists of Intel');
  if (rootList === undefined || platformList === undefined) return undefined;
  if (info === undefined || identity === undefined) return undefined;
  return {
    rootList: rootList.body,
    platformList: platformList.body,
    tcbInfo: signed(info),
    enclaveIdentity: signed(identity),
  };
}

/** What is cited for evidence of one vendor, as the verifier takes it. */
export function collateralFor(vendor: Vendor, cited: CitedDocuments): AttestationCollateral {
  if (vendor === 'intel') {
    const intel = intelOf(cited);
    return intel === undefined ? {} : { intel };
  }
  const lists = cited.lists.filter((list) => list.vendor === vendor).map(({ body }) => body);
  if (vendor !== 'nvidia') return { lists };
  return { lists, rims: cited.manifests.map(({ body }) => body), responses: cited.responses };
}

/** Refuses documents of vendors whose evidence is not there: they would only be paid for. */
export function assertOnlyVendors(cited: CitedDocuments, vendors: ReadonlySet<Vendor>): void {
  const all = [...cited.lists, ...cited.documents, ...cited.manifests];
  const stray = all.find(({ vendor }) => !vendors.has(vendor));
  requireEvidence(stray === undefined, 'collateral_mismatch', () => `nothing here is of ${stray?.vendor}`);
  const isAnswered = cited.responses.length === 0 || vendors.has('nvidia');
  requireEvidence(isAnswered, 'collateral_mismatch', () => 'OCSP responses are for GPUs');
}
