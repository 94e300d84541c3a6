import * as z from 'zod';
import { encodeJson } from './decode.ts';
import { count, hexBytes, timestamp, uint64 } from './scalars.ts';

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

/**
 * The JSON of an anchor, for `stringifyJson`: what sinks send and keep.
 * @example stringifyJson(anchorToJson(anchorToShape(message)))
 */
export const anchorToJson = (anchor: Anchor): unknown => encodeJson(anchorSchema, anchor, 'anchor');
