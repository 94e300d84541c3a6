import * as z from 'zod';
import { addressText, amount, count, hexBytes, timestamp, uint64 } from './scalars.ts';

const place = { height: count(), index: count(), timestamp };

/** Every event of the stream, by `kind`. */
export const eventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('block'),
    ...place,
    hash: hexBytes(32),
    transaction_count: count(),
    receipt_count: count(),
  }),
  z.object({
    kind: z.literal('task'),
    ...place,
    task_id: z.string(),
    status: z.string(),
    settlement: z.string(),
    provider: z.string(),
    model: z.string(),
    reason: z.string(),
    /** Whether the requester may rely on the answer, because it is final or before that. */
    usable: z.boolean(),
  }),
  z.object({
    kind: z.literal('retraction'),
    ...place,
    task_id: z.string(),
    provider: z.string(),
    output_hash: hexBytes(32),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal('seat'),
    ...place,
    task_id: z.string(),
    provider: z.string(),
    position: count(),
    change: z.string(),
  }),
  z.object({
    kind: z.literal('anchor'),
    ...place,
    number: uint64,
    commit_root: hexBytes(32),
    parent_root: hexBytes(32),
    validator_set_root: hexBytes(32),
    receipt_count: count(),
  }),
  z.object({ kind: z.literal('receipt'), ...place, receipt_index: count(), task_id: z.string() }),
  z.object({
    kind: z.literal('challenge'),
    ...place,
    task_id: z.string(),
    provider: z.string(),
    challenger: addressText,
    upheld: z.boolean(),
    claim_right: z.boolean(),
    /** Number of the game that ended, where one was played. */
    game: count(255).optional(),
  }),
  z.object({
    kind: z.literal('dispute'),
    ...place,
    task_id: z.string(),
    change: z.enum(['opened', 'moved', 'settled']),
    /** Opened and settled: the provider of the result, and the challenger. */
    provider: z.string().optional(),
    challenger: addressText.optional(),
    /** Opened: what is in dispute. */
    model: z.string().optional(),
    bond: amount.optional(),
    posted_hash: hexBytes(32).optional(),
    claimed_hash: hexBytes(32).optional(),
    /** Of a game about the trace of a network: its number among those about the same result. */
    game: count(255).optional(),
    /** Moved: the phase that begins, or the move of a game. */
    phase: z.string().optional(),
    /** Settled: how. */
    verdict: z.enum(['upheld', 'rejected', 'undecided']).optional(),
    claim_right: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('conviction'),
    ...place,
    task_id: z.string(),
    provider: z.string(),
    operator: addressText,
    challenger: addressText,
    forfeited: amount,
    rewarded: amount,
    burned: amount,
    shares: z.array(z.object({ challenger: addressText, amount })),
  }),
  z.object({ kind: z.literal('provider'), ...place, provider: z.string(), change: z.string() }),
  z.object({ kind: z.literal('model'), ...place, model: z.string(), change: z.string() }),
  z.object({ kind: z.literal('epoch'), ...place, epoch: uint64, total: amount, paid: amount }),
]);

/** One event with the height of its block and its index in it. */
export type ChainEvent = z.output<typeof eventSchema>;
