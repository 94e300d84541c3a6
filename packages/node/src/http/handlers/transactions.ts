import { readAccount } from '@aivm/core/state';
import type { TransactionInfo } from '@aivm/sdk';
import type { SomeHandlers } from '../handler.ts';
import { submitMany, submitOne } from './submit-transactions.ts';
import { findTransaction, waitForPlace } from './transaction-place.ts';

/** Signed transactions and the accounts that sign them. */
export const transactionHandlers = {
  submitTransaction: ({ body, query, signal, charge }, { node }) =>
    body instanceof Uint8Array
      ? submitOne(node, body, { ...query, signal })
      : submitMany(node, body, { ...query, signal, charge }),
  getTransaction: async ({ params, query, signal }, { node }): Promise<TransactionInfo> => {
    const { wait = 0, until = 'accepted' } = query;
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
  getAccount: ({ params: { address } }, { node }) => {
    const account = readAccount(node.state(), address);
    return {
      address,
      balance: account.balance,
      nonce: account.nonce,
      next_nonce: node.nextNonce(address),
      pending_tasks: account.pendingTasks,
    };
  },
} satisfies SomeHandlers;
