import type { AnchorMessage } from '@aivm/core/block';
import {
  bytes,
  type CodecValue,
  concatBytes,
  equalBytes,
  height,
  list,
  parse,
  serialize,
  struct,
  u8,
  u32,
  utf8ToBytes,
} from '@aivm/core/bytes';
import { recoverAddress } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { anchorKeyCodec, SIGNATURE_BYTES } from './anchor-key.ts';
import {
  ANCHORS_ASKED_MAX,
  type SigningSet,
  type SigningState,
  signingStateCodec,
  toValidatorSet,
  VALIDATORS_MAX,
} from './signing-state.ts';
import { anchorDigest, changeDigest, type SigningChain } from './validator-set.ts';

/** Most bytes of a vote extension: nine signatures and a binding fit. */
export const VOTE_EXTENSION_BYTES_MAX = 1_024;
const VERSION = 1;
/** The anchors, and the change of the set. */
const ITEMS_MAX = ANCHORS_ASKED_MAX + 1;
/** New keys that one block carries. */
export const BINDINGS_MAX = 16;
const ANSWER_PREFIX = utf8ToBytes('aivm/v1/VoteExtensions\0');

const signaturesCodec = list(bytes(SIGNATURE_BYTES), ITEMS_MAX);

const extensionCodec = struct('VoteExtension', {
  version: u8,
  /** Of everything that is asked, in its order, by one key; none where the validator signs nothing. */
  signatures: signaturesCodec,
  /** A new key of a validator: one or none. */
  bindings: list(anchorKeyCodec, 1),
});

/** What a validator says with its vote. No bytes say nothing. */
export type VoteExtension = Omit<CodecValue<typeof extensionCodec>, 'version'>;

const answerCodec = struct('VoteExtensionsAnswer', {
  /** Of the block whose votes these are. */
  height,
  /** In ascending order of the places in the set that signs. */
  signed: list(struct('Signed', { place: u32, signatures: signaturesCodec }), VALIDATORS_MAX),
  bindings: list(anchorKeyCodec, BINDINGS_MAX),
  /** What follows from them, so that a node that began with a snapshot knows it too. */
  after: signingStateCodec,
});

/** What the proposer of the next block makes of the extensions: the first entry of the engine's block. */
export type VoteAnswer = CodecValue<typeof answerCodec>;

/** The bytes of an extension; none for one that says nothing. */
export const serializeExtension = ({ signatures, bindings }: VoteExtension): Uint8Array =>
  signatures.length === 0 && bindings.length === 0
    ? new Uint8Array(0)
    : serialize(extensionCodec, { version: VERSION, signatures, bindings });

/** @throws AivmError `too_large`, `malformed` for anything that {@link serializeExtension} does not give. */
export function parseExtension(raw: Uint8Array): VoteExtension {
  if (raw.length === 0) return { signatures: [], bindings: [] };
  if (raw.length > VOTE_EXTENSION_BYTES_MAX) {
    throw new AivmError(
      'too_large',
      `vote extension: ${raw.length} bytes, at most ${VOTE_EXTENSION_BYTES_MAX}`,
    );
  }
  const { version, signatures, bindings } = parse(extensionCodec, raw);
  if (version !== VERSION) throw new AivmError('malformed', `vote extension: version ${version}`);
  return { signatures, bindings };
}

/** Whether an entry of the engine's block is an answer and no transaction. */
export const isAnswer = (raw: Uint8Array): boolean =>
  equalBytes(raw.subarray(0, ANSWER_PREFIX.length), ANSWER_PREFIX);

export const serializeAnswer = (answer: VoteAnswer): Uint8Array =>
  concatBytes(ANSWER_PREFIX, serialize(answerCodec, answer));

/** @throws AivmError `malformed`, `too_large`. */
export const parseAnswer = (raw: Uint8Array): VoteAnswer =>
  parse(answerCodec, raw.subarray(ANSWER_PREFIX.length));

/** One thing to sign, with its digest under the set that signs. */
export type AskedItem =
  | { readonly kind: 'anchor'; readonly message: AnchorMessage; readonly digest: Uint8Array }
  | { readonly kind: 'change'; readonly to: SigningSet; readonly digest: Uint8Array };

/**
 * What a state asks for: anchors in their order, then the change. Undefined where this node lacks one of the anchors, as one
 * that began with a snapshot may.
 */
export function itemsOf(
  chain: SigningChain,
  state: SigningState,
  getAnchor: (number: number) => AnchorMessage | undefined,
): readonly AskedItem[] | undefined {
  const [asked] = state.asked;
  if (asked === undefined) return [];
  const set = toValidatorSet(state.set);
  const items: AskedItem[] = [];
  for (let i = 0; i < asked.anchors; i++) {
    const message = getAnchor(state.signedCount + i);
    if (message === undefined) return undefined;
    items.push({ kind: 'anchor', message, digest: anchorDigest(chain, set, message) });
  }
  const [to] = state.next;
  if (asked.isChangeAsked && to !== undefined) {
    items.push({ kind: 'change', to, digest: changeDigest(chain, set, toValidatorSet(to)) });
  }
  return items;
}

/** The place in the set of the one who signed all the items with one key; undefined where nobody of the set did. */
export function placeOfSigner(
  { members }: SigningSet,
  items: readonly AskedItem[],
  signatures: readonly Uint8Array[],
): number | undefined {
  if (items.length === 0 || signatures.length !== items.length) return undefined;
  let place = -1;
  for (const [i, { digest }] of items.entries()) {
    const signer = signerOf(digest, signatures[i] as Uint8Array);
    const found = members.findIndex(({ key }) => signer !== undefined && equalBytes(key, signer));
    if (found < 0 || (i > 0 && found !== place)) return undefined;
    place = found;
  }
  return place;
}

function signerOf(digest: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    return recoverAddress(digest, signature);
  } catch {
    return undefined;
  }
}
