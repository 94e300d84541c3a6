import type { Provider } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { groupDigits } from '../text/amount.ts';
import { Amount, Badge, ProviderLink, StateBadge } from '../view/bits.tsx';
import { Page, Quiet, Waiting } from '../view/blocks.tsx';
import { Progress } from '../view/charts.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { Table } from '../view/table.tsx';

const PER_PAGE = 50;

/** The state that says most of a provider. */
export const providerState = ({ slashed, state }: Provider): string => (slashed ? 'slashed' : state);

/** How much of a bond answers for work that is not settled. */
export function Liability({ provider }: { readonly provider: Pick<Provider, 'bond' | 'reserved' | 'id'> }) {
  const { bond, reserved } = provider;
  const part = bond === 0n ? 0 : Number((reserved * 10_000n) / bond) / 10_000;
  return (
    <span class="liability">
      <Amount value={reserved} />
      <Progress part={part} label={`part of the bond of ${provider.id} that is reserved`} />
    </span>
  );
}

/** Reputation, 0…100. */
export const Reputation = ({ value }: { readonly value: number }) => (
  <span class="num">{value.toLocaleString('en', { maximumFractionDigits: 2 })}</span>
);

export const Attested = ({ provider }: { readonly provider: Pick<Provider, 'attested' | 'trust_score'> }) =>
  provider.attested ? (
    <Badge tone="good">score {provider.trust_score}</Badge>
  ) : (
    <span class="quiet">none</span>
  );

/** Who answers. */
export function ProvidersPage() {
  const paging = usePaging('providers');
  const { data, error } = useQuery(`providers ${paging.cursor ?? ''}`, (signal) => {
    const { cursor } = paging;
    const query = { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    return client.call('getProviders', { query }, { signal });
  });
  const lead =
    'Whoever bonds money may answer. What is reserved of a bond answers for work that is not settled yet.';
  return (
    <Page title="Providers" lead={lead}>
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          {data.providers.length === 0 ? <Quiet>No provider has registered yet.</Quiet> : null}
          <Table
            caption="Providers"
            rows={data.providers}
            keyOf={({ id }) => id}
            columns={[
              { name: 'Provider', cell: ({ id }) => <ProviderLink id={id} /> },
              { name: 'State', cell: (provider) => <StateBadge name={providerState(provider)} /> },
              { name: 'Bond', isNumber: true, cell: ({ bond }) => <Amount value={bond} /> },
              { name: 'Reserved', isNumber: true, cell: (provider) => <Liability provider={provider} /> },
              {
                name: 'Reputation',
                isNumber: true,
                cell: ({ reputation }) => <Reputation value={reputation} />,
              },
              { name: 'Answered', isNumber: true, cell: ({ tasks_handled: count }) => groupDigits(count) },
              { name: 'Failed', isNumber: true, cell: ({ tasks_failed: count }) => groupDigits(count) },
              { name: 'Attested', cell: (provider) => <Attested provider={provider} /> },
            ]}
          />
          <Pager paging={paging} next={data.next_cursor} />
        </>
      )}
    </Page>
  );
}
