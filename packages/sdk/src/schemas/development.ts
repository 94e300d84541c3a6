import * as z from 'zod';
import { addressText, count, hexBytes } from './scalars.ts';
import { operationSchema } from './transaction.ts';

/** Blocks that one request makes at most. */
const MINED_BLOCKS_MAX = 100_000;

/** Where a development chain stands, and how its time and its blocks go. */
export const developmentSchema = z.object({
  height: count(),
  /** Of the last block, seconds since 1970. */
  timestamp: count(),
  /** By how many seconds the next block's time is off the clock of the machine. */
  offset_seconds: z.number().int(),
  /** Whether blocks are made by themselves. */
  automine: z.boolean(),
  /** Snapshots that the chain can go back to, the oldest first. */
  snapshots: z.array(count()),
});
export type DevelopmentState = z.output<typeof developmentSchema>;

export const revertSchema = z.strictObject({ snapshot: count() });
export const mineSchema = z.strictObject({
  /** Default 1. */
  blocks: count(MINED_BLOCKS_MAX).optional(),
  /** By how many seconds the time goes on with each block after the first; default 0. */
  seconds: count(86_400).optional(),
});
export const timeSchema = z.union([
  /** Of the next block, seconds since 1970. */
  z.strictObject({ timestamp: count() }),
  z.strictObject({ seconds: count(3_153_600_000) }),
]);
export const automineSchema = z.strictObject({ enabled: z.boolean() });
export const forwardSchema = z.strictObject({ task: z.string().min(1).max(64) });
export const impersonationSchema = z.strictObject({ from: addressText, operation: operationSchema });

export const snapshotAnswerSchema = z.object({ snapshot: count(), height: count() });
export const impersonationAnswerSchema = z.object({
  hash: hexBytes(32),
  height: count(),
  /** Empty where the operation took effect, else why not. */
  code: z.string(),
  detail: z.string(),
});
