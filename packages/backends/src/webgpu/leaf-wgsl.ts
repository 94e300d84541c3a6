import { Attestation, AuditAnchor, ModelRegistryEntry } from '@aivm/core/layout';
import { DIGEST_WORDS, hashesWgsl } from './keccak-wgsl.ts';
import { kernelWgsl, storeWords, wordsAt } from './kernel-wgsl.ts';

/** Bytes of a digest: what a slot becomes. */
export const DIGEST_SIZE = 32;

/** A shader that hashes the leaves of occupied slots. A free slot's digest is left as it lies: nobody reads it. */
function leafWgsl(
  { slotSize, occupiedOffset }: { slotSize: number; occupiedOffset: number },
  words: readonly string[],
  before = '',
): string {
  return kernelWgsl({
    inputs: ['slots'],
    main: `  let slot = index * ${slotSize / 4}u;
  if (slots[slot + ${occupiedOffset / 4}u] == 0u) { return; }
${before}
${hashesWgsl([
  {
    words: [...words, 'batch.first + index'],
    onDigest: storeWords(`index * ${DIGEST_SIZE / 4}u`, 0, DIGEST_WORDS),
  },
])}`,
  });
}

const slotWords = (from: number, to: number): string[] => wordsAt('slots', 'slot', from / 4, (to - from) / 4);

const attestation = Attestation.fields;
const expiry = `vec2u(${slotWords(attestation.ExpiryNS.offset, attestation.ExpiryNS.offset + 8).join(', ')})`;
const status = slotWords(attestation.Status.offset, attestation.Status.offset + 4)[0];

/** Leaves of attestations at the batch's time. The slot itself is not changed: the host sets its Expired bit. */
export const ATTESTATION_LEAF_WGSL = leafWgsl(
  { slotSize: Attestation.SIZE, occupiedOffset: attestation.Occupied.offset },
  [...slotWords(0, attestation.Status.offset), 'status', '((status >> 2u) & 1u)'],
  `  let expiry = ${expiry};
  let isOver = any(expiry != vec2u(0u)) && isAtMost(expiry, batch.now);
  let status = ${status} | select(0u, 4u, isOver);`,
);

const model = ModelRegistryEntry.fields;

/** Leaves of models: everything but the padding between OwnerAddr and Version. */
export const MODEL_LEAF_WGSL = leafWgsl(
  { slotSize: ModelRegistryEntry.SIZE, occupiedOffset: model.Occupied.offset },
  [
    ...slotWords(0, model.OwnerAddr.offset + model.OwnerAddr.size),
    ...slotWords(model.Version.offset, model.Occupied.offset),
  ],
);

/** Leaves of anchors. */
export const ANCHOR_LEAF_WGSL = leafWgsl(
  { slotSize: AuditAnchor.SIZE, occupiedOffset: AuditAnchor.fields.Occupied.offset },
  slotWords(0, AuditAnchor.fields.Occupied.offset),
);
