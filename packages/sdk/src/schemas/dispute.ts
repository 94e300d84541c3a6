import * as z from 'zod';
import { eventSchema } from './event.ts';
import { addressText, amount, count, hexBytes } from './scalars.ts';

/**
 * Who judges a dispute: one step of arithmetic in the challenge's own block, a committee that does the task again, or a
 * game that leads to one element of a trace.
 */
const DISPUTE_JUDGES = ['committee', 'kernel', 'game'] as const;
/** How a dispute stands. `undecided`: the result fell, but nobody was found wrong. */
export const DISPUTE_VERDICTS = ['open', 'upheld', 'rejected', 'undecided'] as const;
const PANEL_PHASES = ['drawing', 'committing', 'revealing'] as const;
const SEAT_STATUSES = ['drawn', 'committed', 'revealed'] as const;

const disputeFields = {
  /** Hash of the transaction that opened it. */
  id: hexBytes(32),
  task_id: z.string(),
  model: z.string(),
  judge: z.enum(DISPUTE_JUDGES),
  verdict: z.enum(DISPUTE_VERDICTS),
  /** Whose result is disputed, and by whom. */
  provider: z.string(),
  challenger: addressText,
  bond: amount,
  /** Hashes of the output that was posted and of the one that the challenger holds right. */
  posted_hash: hexBytes(32),
  claimed_hash: hexBytes(32),
  opened_at_height: count(),
  settled_at_height: count().optional(),
  /** Where it was upheld: whether the challenger's own output was right. */
  claim_right: z.boolean().optional(),
};

const disputeSummarySchema = z.object(disputeFields);
export type DisputeSummary = z.output<typeof disputeSummarySchema>;

const panelSchema = z.object({
  phase: z.enum(PANEL_PHASES),
  /** Equal outputs that decide, out of n seats. */
  m: count(255),
  n: count(255),
  commit_deadline: count().optional(),
  reveal_deadline: count().optional(),
  seats: z.array(
    z.object({
      position: count(255),
      provider: z.string(),
      status: z.enum(SEAT_STATUSES),
      drawn_at_height: count(),
      /** Once it revealed. */
      output_hash: hexBytes(32).optional(),
    }),
  ),
});

export const disputeSchema = z.object({
  ...disputeFields,
  /** The committee, while it sits. */
  panel: panelSchema.optional(),
  /** What happened, oldest first, as in the event stream. */
  moves: z.array(eventSchema),
});
export type Dispute = z.output<typeof disputeSchema>;

export const disputePageSchema = z.object({
  /** Newest first. */
  disputes: z.array(disputeSummarySchema),
  next_cursor: z.string().optional(),
});
