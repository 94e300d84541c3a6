import { bytesToHex, equalBytes, parseTransaction, type Transaction } from '@aivm/core';
import type { Block } from '../schemas/block.ts';
import type { Patience } from './patience.ts';
import type { SenderState } from './sender-state.ts';

/** Blocks that one search reads. Another process with the same key is found out about within a few. */
const BLOCKS_READ_MAX = 1_024;

/** The transaction `id` as its own bytes say, signature checked; undefined where the node shows other bytes. */
async function readSigned(
  { client }: SenderState,
  id: Uint8Array,
  patience: Patience,
): Promise<Transaction | undefined> {
  const { bytes } = await patience.ask((options) => client.getTransaction(id, options));
  const signed = parseTransaction(bytes);
  return equalBytes(signed.id, id) ? signed : undefined;
}

type Verdict = 'found' | 'earlier' | 'none';

/** Looks for `tx`'s nonce among the account's transactions of one block, whose nonces follow one another. */
async function searchBlock(
  state: SenderState,
  block: Block,
  { tx, patience }: { readonly tx: Transaction; readonly patience: Patience },
): Promise<Verdict> {
  const own = block.transactions.filter(({ sender }) => equalBytes(sender, tx.sender));
  const first = own[0] && (await readSigned(state, own[0].hash, patience));
  if (first === undefined) return 'none';
  if (first.nonce > tx.nonce) return 'none';
  const candidate = own[Number(tx.nonce - first.nonce)];
  if (candidate === undefined) return 'earlier';
  const rival = await readSigned(state, candidate.hash, patience);
  const isRival =
    rival !== undefined &&
    bytesToHex(rival.id) !== bytesToHex(tx.id) &&
    equalBytes(rival.sender, tx.sender) &&
    rival.chainId === tx.chainId &&
    rival.nonce === tx.nonce;
  return isRival ? 'found' : 'earlier';
}

/**
 * Whether a block holds another transaction of this account with `tx`'s nonce. Only its own signed bytes count: a node
 * that merely says that a nonce is used would get a second signed copy of the operation for a word.
 */
export async function hasRival(state: SenderState, tx: Transaction, patience: Patience): Promise<boolean> {
  let ref: number | 'latest' = 'latest';
  for (let read = 0; read < BLOCKS_READ_MAX; read++) {
    const at: number | 'latest' = ref;
    const block: Block = await patience.ask((options) => state.client.getBlock(at, options));
    const verdict = await searchBlock(state, block, { tx, patience });
    if (verdict !== 'none') return verdict === 'found';
    if (block.height === 0) return false;
    ref = block.height - 1;
  }
  return false;
}
