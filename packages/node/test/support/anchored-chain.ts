import type { Genesis } from '@aivm/core/execute';
import { type Receipt, readReceiptFrontier } from '@aivm/core/state';
import type { ReceiptFile } from '@aivm/sdk';
import { AnchorOutbox } from '../../src/anchors/anchor-outbox.ts';
import type { Chain } from '../../src/chain/chain.ts';
import { ChainReader } from '../../src/chain/chain-reader.ts';
import { openChain } from '../../src/chain/open-chain.ts';
import { TransactionCache } from '../../src/mempool/transaction-cache.ts';
import type { KeyValueStore } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { acceptBlock, int8Output } from './task-chain.ts';
import { people, registerProvider, submitResult, submitTask, testGenesis } from './test-genesis.ts';

/** Every second block makes an anchor. */
export const ANCHORED_CONFIG = { challengeWindowBlocks: 5, taskTimeout: '9s', merkleAnchorFreq: 2 };

export interface AnchoredChain {
  readonly chain: Chain;
  readonly outbox: AnchorOutbox;
  readonly store: KeyValueStore;
  /** Makes blocks until there are `count` anchors more. */
  anchor(count?: number): Promise<void>;
  /** A receipt with its proof against the block that made an anchor. */
  receiptFile(index: number, anchor: number): ReceiptFile;
}

const [requester, operator] = people(2) as [ReturnType<typeof people>[0], ReturnType<typeof people>[0]];
export const ANCHORED_GENESIS: Genesis = testGenesis([requester, operator], { config: ANCHORED_CONFIG });
const { parse: parseTransaction } = new TransactionCache();

/** A chain whose blocks the test makes, over a store that may hold some already. */
export async function openAnchoredChain(store: KeyValueStore = new MemoryStore()): Promise<AnchoredChain> {
  const chain = await openChain({
    store,
    genesis: ANCHORED_GENESIS,
    location: 'test',
    engine: { parseTransaction },
  });
  const outbox = new AnchorOutbox(chain);
  const reader = new ChainReader(chain);
  return {
    chain,
    outbox,
    store,
    anchor: async (count = 1) => {
      for (const wanted = outbox.count + count; outbox.count < wanted; ) await acceptBlock(chain);
    },
    receiptFile: (index, anchor) => {
      const header = reader.getBlock(outbox.get(anchor)?.blockId as Uint8Array)?.block.header;
      if (header === undefined) throw new Error(`no anchor ${anchor}`);
      const receipt = reader.getReceipt(index) as Receipt;
      const count = header.receiptCount;
      return {
        chainId: header.chainId,
        receipt,
        index,
        count,
        header,
        siblings: [...reader.getReceiptProof(index, count)],
      };
    },
  };
}

/** Runs `count` tasks to their receipts. */
export async function makeReceipts({ chain }: AnchoredChain, count: number): Promise<void> {
  requester.nonce = 0n;
  operator.nonce = 0n;
  await acceptBlock(chain, [operator.sign(registerProvider('p-1', operator.address))]);
  const output = int8Output(chain, new Uint8Array(32));
  for (let i = 0; i < count; i++) {
    await acceptBlock(chain, [requester.sign(submitTask(`t-${i}`))]);
    await acceptBlock(chain);
    await acceptBlock(chain, [operator.sign(submitResult(`t-${i}`, 'p-1', output))]);
  }
  for (let i = 0; i < 6; i++) await acceptBlock(chain);
  const frontier = readReceiptFrontier(chain.state);
  if (frontier.count !== count) throw new Error(`expected ${count} receipts, got ${frontier.count}`);
}
