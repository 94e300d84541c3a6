import { epochCodec, paramsCodec } from '@aivm/core/state';
import * as z from 'zod';
import { schemaOfCodec } from './from-codec.ts';
import { amount, byteArray32, count, hexBytes, timestamp, uint64 } from './scalars.ts';

/** The Go service's stats, then what this chain adds. */
export const statsSchema = z.object({
  tasks_pending: count(),
  tasks_completed: uint64,
  tasks_failed: uint64,
  providers_total: count(),
  providers_active: count(),
  models_available: count(),
  total_minted: amount,
  epoch_rewards: amount,
  receipts_processed: count(),
  /** Neither completed nor failed. */
  tasks_open: uint64,
  height: count(),
  epoch: uint64,
  total_burned: amount,
  rewards_unclaimed: amount,
  timers_pending: count(),
});
export type Stats = z.output<typeof statsSchema>;

export const merkleSchema = z.object({ merkleRoot: byteArray32, merkleRootHex: z.string(), count: count() });

export const healthSchema = z.object({
  healthy: z.boolean(),
  version: z.string(),
  height: count(),
  last_accepted: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** The Go service's configuration under its own names. */
const configSchema = z.object({
  maxProvidersPerNode: count(),
  maxTasksPerProvider: count(),
  hostChainID: z.string(),
  verificationMode: count(2),
  challengeWindowBlocks: uint64,
  redundancyFactor: count(),
  minProviderBond: uint64,
  requireTEEAttestation: z.boolean(),
  minTrustScore: count(),
  attestationTimeout: z.string(),
  maxTaskQueueSize: count(),
  taskTimeout: z.string(),
  baseReward: uint64,
  epochDuration: z.string(),
  merkleAnchorFreq: count(),
});

export const chainConfigSchema = z.object({
  chain_id: uint64,
  /** Of the genesis with its defaults filled in: what makes this chain this chain. */
  genesis_hash: hexBytes(32),
  genesis_timestamp: timestamp,
  /** Whether this node signs the Go service's unsigned writes. */
  signs_unsigned_writes: z.boolean(),
  config: configSchema,
  params: schemaOfCodec(paramsCodec),
});
export type ChainConfig = z.output<typeof chainConfigSchema>;

export const epochPageSchema = z.object({
  /** The open epoch. */
  current: z.object({ epoch: uint64, started_at: timestamp, total: amount, receipts: uint64 }),
  /** Closed ones, newest first. */
  epochs: z.array(schemaOfCodec(epochCodec)),
  next_cursor: z.string().optional(),
});
