import { equalBytes } from '@aivm/core/bytes';
import { parseTransaction, type Transaction } from '@aivm/core/tx';
import type { Block } from '../schemas/block.ts';
import type { Patience } from './patience.ts';
import type { SenderState } from './sender-state.ts';

/** Blocks that a search goes back. Another process with the same key is found out about within a few. */
const BLOCKS_MAX = 4_096;

/** The transaction `id` in a block, as its own bytes say, signature checked; undefined where the node shows another. */
async function readSigned(
  { client }: SenderState,
  id: Uint8Array,
  patience: Patience,
): Promise<Transaction | undefined> {
  const { bytes, state } = await patience.ask((options) => client.getTransaction(id, {}, options));
  const signed = parseTransaction(bytes);
  return state !== 'pending' && equalBytes(signed.id, id) ? signed : undefined;
}

/**
 * Notes the account's transactions of one block, whose nonces follow one another.
 * @returns the lowest of their nonces; undefined where there are none.
 */
async function readBlock(
  state: SenderState,
  block: Block,
  { sender, patience }: { readonly sender: Uint8Array; readonly patience: Patience },
): Promise<bigint | undefined> {
  const { history } = state.open;
  const own = block.transactions.filter((one) => equalBytes(one.sender, sender));
  const first = own[0] && (await readSigned(state, own[0].hash, patience));
  if (first !== undefined)
    for (const [i, { hash }] of own.entries()) history.note(first.nonce + BigInt(i), hash);
  history.noteRead(block.height);
  return first?.nonce;
}

/** Whether the transaction `id` is signed by `tx`'s account for its nonce, is another one, and is in a block. */
async function isRival(
  state: SenderState,
  id: Uint8Array,
  { tx, patience }: { readonly tx: Transaction; readonly patience: Patience },
): Promise<boolean> {
  if (equalBytes(id, tx.id)) return false;
  const rival = await readSigned(state, id, patience);
  return (
    rival !== undefined &&
    equalBytes(rival.sender, tx.sender) &&
    equalBytes(rival.genesisHash, tx.genesisHash) &&
    rival.nonce === tx.nonce
  );
}

/** The id of the transaction that used `nonce`, from what was seen before or from the newest blocks backwards. */
async function findUser(
  state: SenderState,
  { nonce, sender }: Transaction,
  patience: Patience,
): Promise<Uint8Array | undefined> {
  const { client, open } = state;
  const known = open.history.get(nonce);
  if (known !== undefined) return known;
  const latest = await patience.ask((options) => client.getBlock('latest', options));
  for (let height = latest.height; height >= 0 && height > latest.height - BLOCKS_MAX; height--) {
    if (open.history.isRead(height)) continue;
    const block =
      height === latest.height ? latest : await patience.ask((options) => client.getBlock(height, options));
    const lowest = await readBlock(state, block, { sender, patience });
    // Further back nonces are lower still.
    if (lowest !== undefined && lowest <= nonce) break;
  }
  return open.history.get(nonce);
}

/**
 * Whether a block holds another transaction of this account with `tx`'s nonce. Only its own signed bytes count: a node
 * that merely says that a nonce is used would get a second signed copy of the operation for a word.
 */
export async function hasRival(state: SenderState, tx: Transaction, patience: Patience): Promise<boolean> {
  const id = await findUser(state, tx, patience);
  return id !== undefined && (await isRival(state, id, { tx, patience }));
}
