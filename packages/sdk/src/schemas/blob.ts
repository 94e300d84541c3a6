import * as z from 'zod';
import { count, hexBytes } from './scalars.ts';

/** The most chunks that one proof is about: 8 MiB. */
export const PROOF_CHUNKS_MAX = 1_024;

/** Chunks of a blob, and the hashes that lead from them to its root, bottom-up and ascending. */
export const blobProofSchema = z.object({
  hash: hexBytes(32),
  /** Bytes of the whole blob. */
  size: count(),
  /** Chunks of 8 KiB: the first one and how many. */
  first: count(),
  count: count(PROOF_CHUNKS_MAX),
  siblings: hexBytes(),
});
export type BlobProof = z.output<typeof blobProofSchema>;

export const blobStoredSchema = z.object({ hash: hexBytes(32), size: count() });
