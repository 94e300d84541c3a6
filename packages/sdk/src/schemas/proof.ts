import { receiptCodec, type StateProof } from '@aivm/core/state';
import * as z from 'zod';
import { blockHeaderSchema } from './block.ts';
import { decodeJson, encodeJson } from './decode.ts';
import { nullableOf, schemaOfCodec } from './from-codec.ts';
import { count, hexBytes, uint64 } from './scalars.ts';

export const receiptSchema = schemaOfCodec(receiptCodec);

export const indexedReceiptSchema = z.object({ index: count(), receipt: receiptSchema });
export type IndexedReceipt = z.output<typeof indexedReceiptSchema>;

/** A receipt with everything that proves it to a reader that trusts the header: a receipt file. */
export const receiptFileSchema = z.object({
  chainId: uint64,
  receipt: receiptSchema,
  /** The leaf's index, and how many leaves the header's tree has. */
  index: count(),
  count: count(),
  /** 40 of them, from the leaf upwards. */
  siblings: z.array(hexBytes(32)),
  header: blockHeaderSchema,
});
export type ReceiptFile = z.output<typeof receiptFileSchema>;

const leafSchema = z.object({ keyHash: hexBytes(32), valueHash: hexBytes(32) });

const stateProofSchema = z.object({
  steps: z.array(z.object({ bitIndex: count(255), sibling: hexBytes(32) })),
  otherLeaf: nullableOf(leafSchema, 'In a proof of absence: the leaf that stands in the place; else null.'),
}) as unknown as z.ZodType<StateProof, unknown>;

/** What a key holds in the state of a header, with its proof. */
export const stateProofFileSchema = z.object({
  chainId: uint64,
  key: hexBytes(),
  value: nullableOf(hexBytes(), 'Hex of the value, or null where the state holds nothing under the key.'),
  proof: stateProofSchema,
  header: blockHeaderSchema,
});
export type StateProofFile = z.output<typeof stateProofFileSchema>;

/**
 * The JSON of a receipt file, for `stringifyJson`.
 * @example stringifyJson(receiptFileToJson(await client.getReceiptProof(0)))
 */
export const receiptFileToJson = (file: ReceiptFile): unknown =>
  encodeJson(receiptFileSchema, file, 'receipt file');

/**
 * The JSON of a state proof, for `stringifyJson`.
 * @example stringifyJson(stateProofFileToJson(await client.getStateProof(stateKeys.chain())))
 */
export const stateProofFileToJson = (file: StateProofFile): unknown =>
  encodeJson(stateProofFileSchema, file, 'state proof');

/**
 * The receipt file that this JSON (as `parseJson` gives it) is; nothing of it is checked.
 * @throws AivmError `malformed`.
 * @example receiptFileFromJson(parseJson(stringifyJson(receiptFileToJson(file)))) // file
 */
export const receiptFileFromJson = (json: unknown): ReceiptFile =>
  decodeJson(receiptFileSchema, json, 'receipt file');
