import { OPERATIONS, type Operation, type OperationName, operationCodec } from '@aivm/core/tx';
import * as z from 'zod';
import { schemaOfCodec } from './from-codec.ts';
import { addressText, amount, count, hexBytes, uint64 } from './scalars.ts';

const operationSchemas = (Object.keys(OPERATIONS) as OperationName[]).map((name) =>
  z.object({
    kind: z.literal(name),
    ...(schemaOfCodec(operationCodec(name)) as unknown as z.ZodObject).shape,
  }),
);

/** An operation by `kind`, its members made from the codec. */
export const operationSchema = z.discriminatedUnion('kind', [
  operationSchemas[0] as z.ZodObject<{ kind: z.ZodLiteral<string> }>,
  ...(operationSchemas.slice(1) as z.ZodObject<{ kind: z.ZodLiteral<string> }>[]),
]) as unknown as z.ZodType<Operation, unknown>;

/** How far a transaction is: in the pool, in a block, or its task has ended as well. */
const TRANSACTION_STATES = ['pending', 'accepted', 'final'] as const;

const placeFields = {
  hash: hexBytes(32),
  state: z.enum(TRANSACTION_STATES),
  height: count().optional(),
  /** Position in its block. */
  index: count().optional(),
  /** Empty where the operation took effect, else why not; absent while pending. */
  code: z.string().optional(),
  detail: z.string().optional(),
  work: count().optional(),
  burned: amount.optional(),
};

/** Where a transaction stands. */
export const transactionPlaceSchema = z.object(placeFields);
export type TransactionPlace = z.output<typeof transactionPlaceSchema>;

export const transactionSchema = z.object({
  ...placeFields,
  sender: addressText,
  nonce: uint64,
  /** The last height whose block may carry it; 0 for any. */
  expiry: uint64,
  chain_id: uint64,
  genesis_hash: hexBytes(32),
  operation: operationSchema,
  /** The canonical bytes. */
  bytes: hexBytes(),
});

/** A transaction with its place. */
export type TransactionInfo = z.output<typeof transactionSchema>;

/** The most transactions of one POST /tx. */
const TRANSACTIONS_PER_REQUEST_MAX = 1_000;

/** Canonical bytes of one signed transaction, or of several. */
export const submitTransactionRequestSchema = z.union([
  hexBytes(),
  z.array(hexBytes()).min(1).max(TRANSACTIONS_PER_REQUEST_MAX),
]);

/** One entry of the answer to an array: where it stands, or why it was refused. */
const submitEntrySchema = z.union([
  transactionPlaceSchema,
  z.object({ code: z.string(), detail: z.string() }),
]);
export type SubmitEntry = z.output<typeof submitEntrySchema>;

export const submitTransactionAnswerSchema = z.union([transactionPlaceSchema, z.array(submitEntrySchema)]);

export const accountSchema = z.object({
  address: addressText,
  balance: amount,
  /** The nonce that the next block expects. */
  nonce: uint64,
  /** The nonce to sign next: after what waits in the pool. */
  next_nonce: uint64,
  pending_tasks: count(),
});

export type AccountInfo = z.output<typeof accountSchema>;
