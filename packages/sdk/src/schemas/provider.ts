import * as z from 'zod';
import { attestationQuoteSchema, attestationVerdictSchema, gpuAttestationSchema } from './attestation.ts';
import { warningsField } from './problem.ts';
import { addressText, amount, count, decimalText, timestamp, uint64 } from './scalars.ts';

const U32_MAX = 0xffff_ffff;

/** A GPU as its owner declares it. Missing fields are Go's zero values. */
export const gpuInfoSchema = z.object({
  model: z.string().default(''),
  memory_gb: count(U32_MAX).default(0),
  tflops: decimalText.default('0'),
  available: z.boolean().default(false),
  temperature: decimalText.default('0'),
  utilization: decimalText.default('0'),
});

export const registerProviderRequestSchema = z.object({
  id: z.string(),
  /** Where fees and rewards go; empty: the operator's own address. */
  wallet_address: z.string().default(''),
  endpoint: z.string().default(''),
  gpus: z.array(gpuInfoSchema).nullish(),
  gpu_attestation: gpuAttestationSchema.nullish(),
});

export type RegisterProviderRequest = z.output<typeof registerProviderRequestSchema>;

export const registerProviderAnswerSchema = z.object({
  success: z.literal(true),
  providerId: z.string(),
  /** Only when the request carried an attestation. */
  attestation: attestationVerdictSchema.optional(),
  warnings: warningsField,
});

export const PROVIDER_STATE_NAMES = ['active', 'unbonding', 'slashed', 'withdrawn'] as const;

const providerStatusSchema = z.object({
  online: z.boolean(),
  last_seen: timestamp,
  /** Part of the last closed epoch's heartbeats that came, 0…1. */
  uptime: z.number().min(0).max(1),
  /** Failed attempts of all ended ones, 0…1. */
  failure_rate: z.number().min(0).max(1),
  current_tasks: count(),
  max_tasks: count(),
});

/** The Go service's Provider, then what this chain adds. */
export const providerSchema = z.object({
  id: z.string(),
  wallet_address: addressText,
  endpoint: z.string(),
  gpus: z.array(gpuInfoSchema),
  cpu_attestation: attestationQuoteSchema.optional(),
  gpu_attestation: gpuAttestationSchema.optional(),
  status: providerStatusSchema,
  /** 0…100. */
  reputation: z.number().min(0).max(100),
  tasks_handled: uint64,
  joined_at: timestamp,
  operator: addressText,
  state: z.enum(PROVIDER_STATE_NAMES),
  slashed: z.boolean(),
  bond: amount,
  /** The part of the bond that unsettled work holds. */
  reserved: amount,
  withdrawable_at_height: count().optional(),
  /** Fee below which it takes no task alone: in this epoch, and from the next one on. */
  least_fee: uint64,
  next_least_fee: uint64,
  /** Models it serves by name; empty: the genesis models and every int8 model. */
  models: z.array(z.string()),
  /** Ids of the tasks it was drawn for and has not answered. */
  assigned: z.array(z.string()),
  open_results: count(),
  tasks_failed: uint64,
  fees_earned: amount,
  rewards_claimable: amount,
  rewards_claimed: amount,
  attested: z.boolean(),
  trust_score: count(100),
});

export type Provider = z.output<typeof providerSchema>;

export const providersSchema = z.object({
  providers: z.array(providerSchema),
  /** Of all providers, not of this page alone. */
  count: count(),
  next_cursor: z.string().optional(),
});

export const claimRewardsRequestSchema = z.object({ provider_id: z.string() });
export const claimRewardsAnswerSchema = z.object({
  success: z.literal(true),
  claimed: amount,
  warnings: warningsField,
});

export const rewardStatsSchema = z.object({
  provider_id: z.string(),
  tasks_completed: uint64,
  /** Claimed and claimable. */
  total_rewards: amount,
  /** What a claim would pay now. */
  pending_rewards: amount,
  uptime: z.number().min(0).max(1),
  avg_latency_ms: z.number().min(0),
  slashed: z.boolean(),
  /** What the open epoch adds before it is scaled to its cap. */
  open_epoch_rewards: amount,
});

export type RewardStats = z.output<typeof rewardStatsSchema>;
