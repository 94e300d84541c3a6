import { MODEL_CLASS_NAMES } from '@aivm/core/execute';
import * as z from 'zod';
import { addressText, amount, byteArray32, count, hexBytes, uint64 } from './scalars.ts';

/** The Go service's ModelInfo, then what this chain adds. */
export const modelSchema = z.object({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  capabilities: z.array(z.string()),
  context_size: count(),
  parameters: z.string(),
  /** The model root. */
  hash: byteArray32,
  check_class: z.enum(MODEL_CLASS_NAMES),
  deterministic: z.boolean(),
  owner: addressText,
  weight_hash: hexBytes(32),
  license_root: hexBytes(32),
  version: uint64,
  genesis: z.boolean(),
  deposit: amount,
});

export type ModelInfo = z.output<typeof modelSchema>;

export const modelsSchema = z.object({
  models: z.array(modelSchema),
  /** Of all models, not of this page alone. */
  count: count(),
  next_cursor: z.string().optional(),
});
