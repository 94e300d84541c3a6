import { BLOCK_BYTES_MAX, parseBlock, type StatelessBlock } from '@aivm/core/block';
import { bytes, type Codec, type CodecValue, equalBytes, list, parse, struct } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type Outcome, outcomeCodec, outcomesRoot } from '@aivm/core/execute';
import {
  hashReceiptPart,
  hashStatePart,
  RECEIPTS_PER_PART,
  type Receipt,
  receiptCodec,
  receiptLeaf,
} from '@aivm/core/state';
import { CHUNK_BYTES_MAX, type Snapshot, snapshotName } from './snapshot.ts';

/** No chain allows more transactions in a block. */
const BLOCK_TRANSACTIONS_MAX = 100_000;
const KEY_BYTES_MAX = 1_024;
const ENTRIES_MAX = 4_000_000;

/** The block of a snapshot, with what a node needs to show it. */
export const headChunkCodec = struct('SnapshotHead', {
  block: bytes(BLOCK_BYTES_MAX),
  outcomes: list(outcomeCodec, BLOCK_TRANSACTIONS_MAX),
});

/** A value of the state under its key. */
const stateEntryCodec = struct('StateEntry', {
  key: bytes(KEY_BYTES_MAX),
  value: bytes(CHUNK_BYTES_MAX),
});
export type StateEntry = CodecValue<typeof stateEntryCodec>;
/** Values in ascending order of their keys' hashes. */
export const stateChunkCodec: Codec<readonly StateEntry[]> = list(stateEntryCodec, ENTRIES_MAX);
export const receiptsChunkCodec: Codec<readonly Receipt[]> = list(receiptCodec, RECEIPTS_PER_PART);

/** What a chunk holds. */
export type Chunk =
  | { readonly kind: 'head'; readonly block: StatelessBlock; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'state'; readonly entries: readonly StateEntry[] }
  | { readonly kind: 'receipts'; readonly first: number; readonly receipts: readonly Receipt[] };

function parseHead({ header, blockId }: Snapshot, content: Uint8Array): Chunk {
  const { block: blockBytes, outcomes } = parse(headChunkCodec, content);
  const block = parseBlock(blockBytes);
  if (!equalBytes(block.id, blockId))
    throw new AivmError('malformed', 'another block than that of the header');
  if (
    outcomes.length !== block.transactions.length ||
    !equalBytes(outcomesRoot(outcomes), header.outcomesRoot)
  ) {
    throw new AivmError('malformed', 'other outcomes than those of the header');
  }
  return { kind: 'head', block, outcomes };
}

function parseState(expected: Uint8Array | undefined, content: Uint8Array): Chunk {
  const entries = parse(stateChunkCodec, content);
  const hash = hashStatePart(entries)?.hash;
  if (hash === undefined || expected === undefined || !equalBytes(hash, expected)) {
    throw new AivmError('malformed', 'other values than the state root commits to');
  }
  return { kind: 'state', entries };
}

function parseReceipts(expected: Uint8Array | undefined, first: number, content: Uint8Array): Chunk {
  const receipts = parse(receiptsChunkCodec, content);
  if (expected === undefined || !equalBytes(hashReceiptPart(receipts.map(receiptLeaf)), expected)) {
    throw new AivmError('malformed', 'other receipts than the receipts root commits to');
  }
  return { kind: 'receipts', first, receipts };
}

/**
 * The contents of a chunk, held against the hash to which the snapshot's roots commit.
 * @throws AivmError that names the chunk: `malformed` where it is another one, `too_large`, `out_of_range` for its index.
 */
export function parseChunk(snapshot: Snapshot, index: number, content: Uint8Array): Chunk {
  const { state, receipts, chunkCount } = snapshot;
  const refuse = (
    code: 'malformed' | 'too_large' | 'out_of_range',
    why: string,
    cause?: unknown,
  ): AivmError => new AivmError(code, `chunk ${index} of ${snapshotName(snapshot)}: ${why}`, { cause });
  if (!Number.isInteger(index) || index < 0 || index >= chunkCount) {
    throw refuse('out_of_range', `it has ${chunkCount}`);
  }
  if (content.length > CHUNK_BYTES_MAX) {
    throw refuse('too_large', `${content.length} bytes, at most ${CHUNK_BYTES_MAX}`);
  }
  try {
    if (index === 0) return parseHead(snapshot, content);
    const receiptsPart = index - 1 - state.length;
    return receiptsPart < 0
      ? parseState(state[index - 1]?.hash, content)
      : parseReceipts(receipts[receiptsPart], receiptsPart * RECEIPTS_PER_PART, content);
  } catch (cause) {
    if (!(cause instanceof AivmError)) throw cause;
    throw refuse(cause.code === 'too_large' ? 'too_large' : 'malformed', cause.detail, cause);
  }
}
