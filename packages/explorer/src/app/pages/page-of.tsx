import type { ComponentChildren } from 'preact';
import type { Place } from '../route/router.ts';
import { AccountPage } from './account.tsx';
import { AskPage } from './ask.tsx';
import { BlockPage } from './block.tsx';
import { BlocksPage } from './blocks.tsx';
import { DisputePage } from './dispute.tsx';
import { DisputesPage } from './disputes.tsx';
import { EpochsPage } from './epochs.tsx';
import { MissingPage } from './missing.tsx';
import { ModelPage } from './model.tsx';
import { ModelsPage } from './models.tsx';
import { OverviewPage } from './overview.tsx';
import { ProviderPage } from './provider.tsx';
import { ProvidersPage } from './providers.tsx';
import { TaskPage } from './task.tsx';
import { TasksPage } from './tasks.tsx';
import { TransactionPage } from './transaction.tsx';
import { VerifyPage } from './verify.tsx';

/** Pages of one thing, by the first part of their address. */
const THINGS: Readonly<Record<string, (id: string) => ComponentChildren>> = {
  tasks: (id) => <TaskPage key={id} id={id} />,
  providers: (id) => <ProviderPage key={id} id={id} />,
  models: (id) => <ModelPage key={id} id={id} />,
  disputes: (id) => <DisputePage key={id} id={id} />,
  blocks: (reference) => <BlockPage key={reference} reference={reference} />,
  transactions: (hash) => <TransactionPage key={hash} hash={hash} />,
  accounts: (address) => <AccountPage key={address} address={address} />,
};

const LISTS: Readonly<Record<string, (place: Place) => ComponentChildren>> = {
  tasks: ({ query }) => <TasksPage query={query} />,
  providers: () => <ProvidersPage />,
  models: () => <ModelsPage />,
  epochs: () => <EpochsPage />,
  verify: ({ query }) => <VerifyPage query={query} />,
  ask: ({ query }) => <AskPage query={query} />,
  disputes: ({ query }) => <DisputesPage query={query} />,
  blocks: () => <BlocksPage />,
};

/** The page at a place. */
export function pageOf(place: Place): ComponentChildren {
  const [kind, id, ...more] = place.parts;
  if (kind === undefined) return <OverviewPage />;
  if (more.length > 0 || (!Object.hasOwn(LISTS, kind) && !Object.hasOwn(THINGS, kind)))
    return <MissingPage />;
  const page = id === undefined ? LISTS[kind]?.(place) : THINGS[kind]?.(id);
  return page ?? <MissingPage />;
}
