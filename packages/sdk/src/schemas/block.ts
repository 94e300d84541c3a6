import { type BlockHeader, blockHeaderCodec } from '@aivm/core/block';
import * as z from 'zod';
import { attestationQuoteSchema, gpuAttestationSchema } from './attestation.ts';
import { schemaOfCodec } from './from-codec.ts';
import { addressText, blockIdText, byteArray32, count, hexBytes, timestamp } from './scalars.ts';
import { taskResultSchema, taskSchema } from './task.ts';

/** The header as it is hashed to the block id: enough for a light client. */
export const blockHeaderSchema: z.ZodType<BlockHeader, unknown> = schemaOfCodec(blockHeaderCodec);

/** The Go service's ProviderReg. */
export const providerRegSchema = z.object({
  providerId: z.string(),
  walletAddress: addressText,
  endpoint: z.string(),
  cpuAttestation: attestationQuoteSchema.optional(),
  gpuAttestation: gpuAttestationSchema.optional(),
});

const headFields = {
  id: blockIdText,
  parentID: blockIdText,
  height: count(),
  timestamp,
};

const ownFields = {
  hash: hexBytes(32),
  header: blockHeaderSchema,
  transaction_count: count(),
};

/** A block without its contents. */
export const blockSummarySchema = z.object({ ...headFields, merkleRoot: byteArray32, ...ownFields });
export type BlockSummary = z.output<typeof blockSummarySchema>;

/** The Go service's Block, then what this chain adds. Tasks are shown as they were when the block admitted them. */
export const blockSchema = z.object({
  ...headFields,
  tasks: z.array(taskSchema).optional(),
  results: z.array(taskResultSchema).optional(),
  merkleRoot: byteArray32,
  providerRegs: z.array(providerRegSchema).optional(),
  ...ownFields,
  transactions: z.array(
    z.object({
      hash: hexBytes(32),
      sender: addressText,
      kind: z.string(),
      /** Empty where the operation took effect. */
      code: z.string(),
      detail: z.string().optional(),
    }),
  ),
});

export type Block = z.output<typeof blockSchema>;

export const blockPageSchema = z.object({
  blocks: z.array(blockSummarySchema),
  next_cursor: z.string().optional(),
});
