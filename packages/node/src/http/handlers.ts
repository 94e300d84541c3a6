import type { RouteName } from '@aivm/sdk';
import type { Handlers } from './handler.ts';
import { anchorReads } from './handlers/anchor-reads.ts';
import { blobReads } from './handlers/blob-reads.ts';
import { chainReads } from './handlers/chain-reads.ts';
import { developmentHandlers } from './handlers/development.ts';
import { disputeReads } from './handlers/dispute-reads.ts';
import { gameReads } from './handlers/game-reads.ts';
import { goReads } from './handlers/go-reads.ts';
import { goWrites } from './handlers/go-writes.ts';
import { syncReads } from './handlers/sync-reads.ts';
import { transactionHandlers } from './handlers/transactions.ts';

/** A handler for every route but the event stream and those whose bytes are no JSON. The type keeps the list complete. */
export const handlers: Handlers<Exclude<RouteName, 'subscribeEvents' | 'getBlob' | 'putBlob'>> = {
  ...goReads,
  ...goWrites,
  ...transactionHandlers,
  ...chainReads,
  ...anchorReads,
  ...disputeReads,
  ...blobReads,
  ...gameReads,
  ...syncReads,
  ...developmentHandlers,
};
