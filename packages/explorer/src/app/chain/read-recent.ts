import type { Block, BlockSummary, Client } from '@aivm/sdk';

const PAGE = 100;

/** The last blocks without their contents, oldest first, at most `count`. */
export async function readRecentBlocks(
  client: Client,
  count: number,
  signal: AbortSignal,
): Promise<readonly BlockSummary[]> {
  const blocks: BlockSummary[] = [];
  while (blocks.length < count) {
    const from = blocks.at(-1)?.height;
    if (from === 0) break;
    const limit = Math.min(PAGE, count - blocks.length);
    const page = await client.listBlocks(
      { limit, ...(from === undefined ? {} : { from: from - 1 }) },
      { signal },
    );
    if (page.blocks.length === 0) break;
    blocks.push(...page.blocks);
  }
  return blocks.reverse();
}

/** A transaction of an account, and the block that has it. */
export type PlacedTransaction = Block['transactions'][number] & { readonly height: number };

/** What is compared to find the transactions of an account. */
export interface OfAccount {
  readonly sender: Uint8Array;
  /** How many blocks are looked at. */
  readonly blocks: number;
  /** How many of them are read at most: those with transactions. */
  readonly reads: number;
}

const isSame = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && left.every((byte, i) => byte === right[i]);

/** Transactions that an account sent in the last blocks, newest first. The node has no index of them. */
export async function readTransactionsOf(
  client: Client,
  { sender, blocks, reads }: OfAccount,
  signal: AbortSignal,
): Promise<readonly PlacedTransaction[]> {
  const recent = await readRecentBlocks(client, blocks, signal);
  const full = recent.filter(({ transaction_count: count }) => count > 0).slice(-reads);
  const found: PlacedTransaction[] = [];
  for (const { height } of full.reverse()) {
    const { transactions } = await client.getBlock(height, { signal });
    for (const each of transactions) if (isSame(each.sender, sender)) found.push({ ...each, height });
  }
  return found;
}
