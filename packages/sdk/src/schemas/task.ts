import { MODEL_CLASS_NAMES } from '@aivm/core/execute';
import { SETTLEMENT_NAMES, TASK_STATUS_NAMES, WAIT_REASON_NAMES } from '@aivm/core/state';
import * as z from 'zod';
import { warningsField } from './problem.ts';
import { addressText, amount, anyJson, base64Bytes, count, hexBytes, timestamp, uint64 } from './scalars.ts';

/**
 * How bytes of an input or output are shown: `json` (opaque models), `int8` (an array of integers), or `base64` where the
 * bytes of an opaque model are not JSON with a canonical form.
 */
export const PAYLOAD_ENCODINGS = ['json', 'int8', 'base64'] as const;

export const submitTaskRequestSchema = z.object({
  id: z.string(),
  type: z.string().default(''),
  model: z.string(),
  /** Any JSON for an opaque model; an array of int8 or base64 for an int8 model. */
  input: anyJson,
  fee: uint64.default(0n),
  /** 0 optimistic, 1 redundant, 2 TEE; 0 also means the chain's default. */
  mode: count(255).default(0),
  /** `n` providers answer, 0: the chain's default; more than half of them decide, so `m` says nothing more. */
  redundancy: z.object({ m: count(255).default(0), n: count(255).default(0) }).nullish(),
  /** 0: the chain's default. */
  deadline_blocks: uint64.default(0n),
});

export type SubmitTaskRequest = z.output<typeof submitTaskRequestSchema>;

export const submitResultRequestSchema = z.object({
  task_id: z.string(),
  provider_id: z.string(),
  /** Missing only beside an error. */
  output: z.unknown(),
  compute_time_ms: uint64.default(0n),
  proof: base64Bytes.default(() => new Uint8Array(0)),
  error: z.string().default(''),
});

export type SubmitResultRequest = z.output<typeof submitResultRequestSchema>;

/** What answers the Go service's writes about a task. */
export const taskIdAnswerSchema = z.object({
  success: z.literal(true),
  taskId: z.string(),
  warnings: warningsField,
});

/** One place of a panel. */
const seatSchema = z.object({
  /** Its place on the panel, and the round in which it was drawn: operations name both. */
  position: count(),
  round: count(),
  provider: z.string(),
  status: z.enum(['drawn', 'committed', 'revealed']),
  drawn_at_height: count(),
  /** What it committed to; absent before. */
  commitment: hexBytes(32).optional(),
  /** What it revealed: an output, or why it has none; absent before. */
  vote: z.enum(['output', 'too_long', 'cannot_run']).optional(),
});

/** Several providers that do one task under commit–reveal: a redundant one, or one whose result a committee judges. */
export const panelSchema = z.object({
  kind: z.enum(['redundant', 'committee']),
  /** Its number among the panels of its task, from 1, and the round of its draw. */
  number: count(),
  round: count(),
  phase: z.enum(['drawing', 'committing', 'revealing']),
  /** Equal outputs that decide, out of n seats. */
  m: count(),
  n: count(),
  /** Commitments are possible below it; absent while seats are drawn. While they reveal: where revealing began. */
  commit_deadline: count().optional(),
  /** Reveals are possible below it. */
  reveal_deadline: count().optional(),
  /** Those that somebody holds, by their places; where one is drawn again, a place is missing. */
  seats: z.array(seatSchema),
});

export type TaskPanel = z.output<typeof panelSchema>;

/** The Go service's Task, then what this chain adds. */
export const taskSchema = z.object({
  id: z.string(),
  type: z.string(),
  model: z.string(),
  input: anyJson,
  output: z.unknown().optional(),
  status: z.enum(TASK_STATUS_NAMES),
  assigned_to: z.string().optional(),
  fee: uint64,
  created_at: timestamp,
  started_at: timestamp.optional(),
  completed_at: timestamp.optional(),
  compute_time_ms: uint64.optional(),
  proof: base64Bytes.optional(),
  input_encoding: z.enum(PAYLOAD_ENCODINGS),
  /** The input as it is on chain; `input` shows it to people. */
  input_bytes: base64Bytes,
  output_encoding: z.enum(PAYLOAD_ENCODINGS).optional(),
  /** The output as it is on chain; `output` shows it to people. */
  output_bytes: base64Bytes.optional(),
  input_hash: hexBytes(32),
  output_hash: hexBytes(32).optional(),
  /** What the task bound at its submission; later updates of the model do not touch it. */
  check_class: z.enum(MODEL_CLASS_NAMES),
  model_root: hexBytes(32),
  model_version: uint64,
  weight_hash: hexBytes(32),
  requester: addressText,
  mode: count(255),
  settlement: z.enum(SETTLEMENT_NAMES),
  /** Whether the requester may rely on the output: it is final, or an attested environment vouches for it. */
  usable: z.boolean(),
  /** Whether a wrong result of this model can be proven wrong. */
  verifiable: z.boolean(),
  /** Why a pending task still waits. */
  wait_reason: z.enum(WAIT_REASON_NAMES).optional(),
  attempt: count(),
  /** Panels begun for it: the number of the last one. */
  panels: count(),
  escrow: amount,
  burned: amount,
  created_at_height: count(),
  assigned_at_height: count().optional(),
  /** Where the drawn provider must have answered by. */
  timeout_height: count().optional(),
  posted_at_height: count().optional(),
  /** Challenges are possible below it; the result is final in the block of it. */
  final_at_height: count().optional(),
  deadline_height: count(),
  /** While one works on it. */
  panel: panelSchema.optional(),
  ended_at_height: count().optional(),
  ended_at: timestamp.optional(),
  receipt_index: count().optional(),
  error: z.string().optional(),
});

export type Task = z.output<typeof taskSchema>;

export const taskPageSchema = z.object({ tasks: z.array(taskSchema), next_cursor: z.string().optional() });

export const workSchema = z.object({
  /** The last accepted height that this answer knows of; pass it as `after` to wait for newer work. */
  height: count(),
  tasks: z.array(taskSchema),
});

export type Work = z.output<typeof workSchema>;

/** The Go service's TaskResult. */
export const taskResultSchema = z.object({
  task_id: z.string(),
  provider_id: z.string(),
  output: z.unknown(),
  /** The output as it is on chain; absent beside an error. */
  output_bytes: base64Bytes.optional(),
  compute_time_ms: uint64,
  proof: base64Bytes,
  error: z.string().optional(),
});
