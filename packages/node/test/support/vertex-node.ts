import { createVertex, type StatelessBlock, type StatelessVertex } from '@aivm/core/block';
import { AivmError } from '@aivm/core/errors';
import { readAccount } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import type { LocalNode } from '../../src/local/local-node.ts';
import { type OpenNodeOptions, openNode } from '../../src/local/open-node.ts';
import type { KeyValueStore } from '../../src/store/key-value-store.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { people, TEST_CHAIN_ID, type TestAccount, testGenesis, transfer } from './test-genesis.ts';

const crowd = people(3);
export const [alice, bob, carol] = crowd as [TestAccount, TestAccount, TestAccount];
export const genesis = testGenesis(crowd, {
  config: { epochDuration: '60s', challengeWindowBlocks: 5, taskTimeout: '9s' },
});

export const open = async (
  store: KeyValueStore = new MemoryStore(),
  more: Partial<OpenNodeOptions> = {},
): Promise<LocalNode> =>
  (await openNode({ genesis, store, verifyOwnBlocks: true, ...more } as OpenNodeOptions)).node;

export const pay = (by: TestAccount, nonce = 0n): Transaction => by.sign(transfer(carol.address), nonce);
export const cancel = (by: TestAccount, taskId: string, nonce = 0n): Transaction =>
  by.sign({ kind: 'cancelTask', taskId }, nonce);

export function vertex(
  transactions: readonly Transaction[],
  parents: readonly StatelessVertex[] = [],
  epoch = 0,
): StatelessVertex {
  const height = parents.reduce((greatest, parent) => Math.max(greatest, parent.height + 1), 0);
  const ids = parents.map(({ id }) => id);
  return createVertex({
    chainId: TEST_CHAIN_ID,
    genesisHash: alice.genesisHash,
    parents: ids,
    height,
    epoch,
    transactions,
  });
}

export async function acceptVertex(node: LocalNode, one: StatelessVertex): Promise<void> {
  node.vertices.verify(node.vertices.parse(one.bytes));
  await node.vertices.accept(one.id);
}

export async function acceptBlock(node: LocalNode, seconds = 1): Promise<StatelessBlock> {
  const block = node.port.propose(node.lastAccepted().header.timestamp + seconds);
  node.port.verify(block);
  await node.port.accept(block.id);
  return block;
}

export const submit = (node: LocalNode, ...txs: Transaction[]): void => {
  for (const { bytes } of txs) node.submitTransaction(bytes);
};
export const balanceOf = (node: LocalNode, { address }: TestAccount): bigint =>
  readAccount(node.state(), address).balance;
export const refusal = (run: () => unknown): { readonly code: string; readonly detail: string } => {
  try {
    run();
  } catch (error) {
    if (error instanceof AivmError) return error;
    throw error;
  }
  return { code: '', detail: '' };
};
