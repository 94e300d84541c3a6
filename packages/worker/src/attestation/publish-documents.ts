import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { placeOfCollateral } from '@aivm/core/execute';
import { isNewerDocument } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import type { OperationSender } from '../worker-node.ts';
import type { AttestationNode } from './attestation-node.ts';
import type { VendorDocument } from './evidence-source.ts';

/** Kinds of documents by the list of an attestation that cites them: lists, firmware levels, manifests. */
const CITED_AS = ['lists', 'documents', 'documents', 'manifests'] as const;
/** Somebody else was first, with the same document or a newer one. */
const OVERTAKEN = ['duplicate', 'attestation_collateral_mismatch'];
/** A document that is replaced before the evidence is in a block may be somewhat longer. */
const SIZE_STEP = 1_024;

export type Citations = Pick<OperationOf<'submitAttestation'>, 'lists' | 'documents' | 'manifests'>;

export interface PublishOptions {
  readonly node: Pick<AttestationNode, 'getDocument'>;
  readonly sender: OperationSender;
  readonly signal: AbortSignal;
}

/** Sends a document where the chain has none as new in its place. @returns the bytes of what is there then */
async function publishOne(
  document: VendorDocument,
  { slot, ...age }: ReturnType<typeof placeOfCollateral>,
  { node, sender, signal }: PublishOptions,
): Promise<number> {
  const known = await node.getDocument(slot);
  if (known !== undefined && !isNewerDocument(age, known)) return known.size;
  try {
    await sender.send({ kind: 'submitCollateral', ...document }, { signal });
  } catch (error) {
    if (!(error instanceof AivmError) || !OVERTAKEN.includes(error.code)) throw error;
    const other = await node.getDocument(slot);
    if (other === undefined) throw error;
    return other.size;
  }
  return document.body.length;
}

/**
 * Puts documents on chain that it lacks. Evidence cites the place and takes what is there: the same document in other
 * bytes, or a newer one, does as well.
 * @returns how evidence cites them
 */
export async function publishDocuments(
  documents: readonly VendorDocument[],
  options: PublishOptions,
): Promise<Citations> {
  const citations = { lists: [], documents: [], manifests: [] } as {
    readonly [K in keyof Citations]: { slot: Uint8Array; size: number }[];
  };
  const cited = new Set<string>();
  for (const document of documents) {
    const place = placeOfCollateral(document);
    const size = await publishOne(document, place, options);
    const slotName = bytesToHex(place.slot);
    const name = CITED_AS[document.documentKind];
    if (name === undefined) throw new RangeError(`documentKind: ${document.documentKind}`);
    if (cited.has(slotName)) continue;
    cited.add(slotName);
    citations[name].push({ slot: place.slot, size: Math.ceil(size / SIZE_STEP) * SIZE_STEP });
  }
  return citations;
}
