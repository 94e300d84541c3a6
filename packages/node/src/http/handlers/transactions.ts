import { readAccount } from '@aivm/core/state';
import type { TransactionInfo } from '@aivm/sdk';
import type { SomeHandlers } from '../handler.ts';
import { submitMany, submitOne } from './submit-transactions.ts';
import { submitUpstream } from './submit-upstream.ts';
import { findTransaction, waitForPlace } from './transaction-place.ts';

/** Signed transactions and the accounts that sign them. */
export const transactionHandlers = {
  submitTransaction: ({ body, query, signal, charge }, { node, upstream }) => {
    if (upstream !== undefined) return submitUpstream(upstream, node, body, { ...query, signal, charge });
    return body instanceof Uint8Array
      ? submitOne(node, body, { ...query, signal })
      : submitMany(node, body, { ...query, signal, charge });
  },
  getTransaction: async ({ params, query, signal }, { node, upstream }): Promise<TransactionInfo> => {
    const { wait = 0, until = 'accepted' } = query;
    if (upstream !== undefined && node.getTransaction(params.hash) === undefined) {
      const found = await upstream.find(params.hash, { wait: until, timeoutMs: wait, signal });
      // By now it may be here: what this node executed says more than what it is told.
      if (found !== undefined && node.getTransaction(params.hash) === undefined) return found;
    }
    const place = await waitForPlace(node, params.hash, { until, timeoutMs: wait, signal });
    const { tx } = findTransaction(node, params.hash);
    return {
      ...place,
      sender: tx.sender,
      nonce: tx.nonce,
      expiry: tx.expiry,
      chain_id: tx.chainId,
      genesis_hash: tx.genesisHash,
      operation: tx.operation,
      bytes: tx.bytes,
    };
  },
  getAccount: async ({ params: { address } }, { node, upstream }) => {
    const above = await upstream?.nextNonce(address);
    const account = readAccount(node.state(), address);
    const own = node.nextNonce(address);
    return {
      address,
      balance: account.balance,
      nonce: account.nonce,
      next_nonce: above !== undefined && above > own ? above : own,
      pending_tasks: account.pendingTasks,
    };
  },
} satisfies SomeHandlers;
