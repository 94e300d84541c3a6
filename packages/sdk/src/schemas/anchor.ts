import * as z from 'zod';
import { encodeJson } from './decode.ts';
import { addressText, count, hexBytes, timestamp, uint64 } from './scalars.ts';

/** An anchor: its members for people, and the canonical bytes that they were read from. */
export const anchorSchema = z.object({
  chain_id: uint64,
  number: uint64,
  height: count(),
  timestamp,
  epoch: count(),
  /** Root of the receipts tree, and how many receipts are under it. */
  commit_root: hexBytes(32),
  receipt_count: count(),
  /** The commit root of the anchor before; zero in the first. */
  parent_root: hexBytes(32),
  validator_set_root: hexBytes(32),
  /** Hash of the block that made it. */
  block_hash: hexBytes(32),
  /** Keccak-256 of the message. */
  id: hexBytes(32),
  message: hexBytes(),
});
export type Anchor = z.output<typeof anchorSchema>;

const sinkSchema = z.object({
  /** host, file, http or evm; with a number where there are several of a kind. */
  sink: z.string(),
  /** Anchors below this number are delivered. */
  delivered: count(),
  failures_in_a_row: count(),
  /** Why the last attempt failed, while it has not been made up for. */
  last_error: z.string().optional(),
});

export const anchorPageSchema = z.object({
  /** How many were made. */
  count: count(),
  /** Where this node hands them to, and how far it got. */
  sinks: z.array(sinkSchema),
  /** Newest first. */
  anchors: z.array(anchorSchema),
  next_cursor: z.string().optional(),
});

export const validatorSetSchema = z.object({
  /** How often the set changed before. */
  number: uint64,
  /** What names it in every signature. */
  hash: hexBytes(32),
  /** In ascending order of their keys. */
  validators: z.array(
    z.object({
      /** How CometBFT calls the validator. */
      consensus_address: hexBytes(20),
      /** Of the key with which it signs anchors. */
      key: addressText,
      power: uint64,
    }),
  ),
});

/** What more than two thirds of a set's power signed. */
export const validatorSignaturesSchema = z.object({
  set: validatorSetSchema,
  /** EIP-712, in the chain's domain. */
  digest: hexBytes(32),
  /** In the order of the set; no bytes where a validator did not sign. */
  signatures: z.array(hexBytes()),
  signed_power: uint64,
  total_power: uint64,
});
export type ValidatorSignatures = z.output<typeof validatorSignaturesSchema>;

export const anchorValidatorsSchema = z.object({
  /** Who signs anchors now. */
  set: validatorSetSchema,
  /** The set that the present one is asked to sign as the next. */
  next: validatorSetSchema.optional(),
  /** Anchors below this number are signed by this set or one before. */
  signed_anchors: count(),
  /** The first set: the contract is deployed with it. Left out where a node began with a snapshot and does not know it. */
  first: validatorSetSchema.optional(),
  /** Changes of the set from the first on, each with the signatures of the set before. */
  changes: z.array(z.object({ to: validatorSetSchema, signatures: validatorSignaturesSchema })),
});

/**
 * The JSON of an anchor, for `stringifyJson`: what sinks send and keep, with the validators' signatures as member
 * `signatures` where there are some.
 * @example stringifyJson(anchorToJson(anchorToShape(message)))
 */
export const anchorToJson = (anchor: Anchor, signatures?: ValidatorSignatures): unknown => {
  const json = encodeJson(anchorSchema, anchor, 'anchor');
  if (signatures === undefined) return json;
  const signed = encodeJson(validatorSignaturesSchema, signatures, 'signatures');
  return { ...(json as object), signatures: signed };
};
