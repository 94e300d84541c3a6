import type { Transaction } from '@aivm/core/tx';
import type { LocalNode, NodeApi } from '@aivm/node';

/** What the HTTP layer sees of a node, telling of every transaction that it brings into the pool. */
export const apiOf = (node: LocalNode, onTaken: (tx: Transaction) => void): NodeApi => ({
  chainId: node.chainId,
  genesisHash: node.genesisHash,
  config: node.config,
  params: node.params,
  genesisTimestamp: node.genesisTimestamp,
  clock: node.clock,
  blocks: node.blocks,
  disputes: node.disputes,
  anchors: node.anchors,
  lastAccepted: () => node.lastAccepted(),
  state: () => node.state(),
  getTransaction: (id) => node.getTransaction(id),
  getTransactionBody: (id) => node.getTransactionBody(id),
  nextNonce: (address) => node.nextNonce(address),
  parseTransaction: (bytes) => node.parseTransaction(bytes),
  submitTransaction: (bytes) => {
    const tx = node.submitTransaction(bytes);
    onTaken(tx);
    return tx;
  },
  waitForTransaction: (id, options) => node.waitForTransaction(id, options),
  waitForBlock: (height, options) => node.waitForBlock(height, options),
  health: () => node.health(),
  rewindCount: node.rewindCount,
});
