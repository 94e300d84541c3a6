import type { RouteName } from '@aivm/sdk';
import type { Handlers } from './handler.ts';
import { anchorReads } from './handlers/anchor-reads.ts';
import { chainReads } from './handlers/chain-reads.ts';
import { disputeReads } from './handlers/dispute-reads.ts';
import { seedReads } from './handlers/seed-reads.ts';
import { seedWrites } from './handlers/seed-writes.ts';
import { transactionHandlers } from './handlers/transactions.ts';

/** A handler for every route but the event stream. The type keeps the list complete. */
export const handlers: Handlers<Exclude<RouteName, 'subscribeEvents'>> = {
  ...seedReads,
  ...seedWrites,
  ...transactionHandlers,
  ...chainReads,
  ...anchorReads,
  ...disputeReads,
};
