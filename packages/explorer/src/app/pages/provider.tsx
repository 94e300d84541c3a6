import type { Provider } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { groupDigits } from '../text/amount.ts';
import { plural } from '../text/words.ts';
import { Address, Amount, Clock, Height, Name, StateBadge, TaskLink } from '../view/bits.tsx';
import { Facts, Figure, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { Table } from '../view/table.tsx';
import { TaskTable } from '../view/task-table.tsx';
import { Attested, Liability, providerState, Reputation } from './providers.tsx';

const TASKS_SHOWN = 20;

const percent = (part: number): string =>
  `${(part * 100).toLocaleString('en', { maximumFractionDigits: 1 })} %`;

function leadOf(provider: Provider): string {
  const { slashed, state, assigned, open_results: open } = provider;
  if (slashed)
    return 'was convicted by proof: its bond is forfeit, and its operator may never register again';
  if (state === 'unbonding') return 'takes no new work; its bond can be withdrawn once nothing is reserved';
  if (state === 'withdrawn') return 'has taken its bond back';
  return `takes work; ${plural(assigned.length, 'task')} on its desk, ${plural(open, 'answer')} that may still be challenged`;
}

const ProviderFacts = ({ provider }: { readonly provider: Provider }) => (
  <Facts
    facts={[
      ['Operator', <Address bytes={provider.operator} />],
      ['Wallet', <Address bytes={provider.wallet_address} />],
      ['Endpoint', provider.endpoint === '' ? undefined : <Name text={provider.endpoint} max={96} />],
      ['Registered', <Clock at={provider.joined_at} />],
      ['Last seen', <Clock at={provider.status.last_seen} />],
      ['Uptime', `${percent(provider.status.uptime)} of the heartbeats of the last closed epoch`],
      ['Failed attempts', percent(provider.status.failure_rate)],
      ['Places', `${provider.status.current_tasks} of ${provider.status.max_tasks} taken`],
      ['Least fee', <Amount value={provider.least_fee} />],
      ['Fees earned', <Amount value={provider.fees_earned} />],
      [
        'Rewards',
        <>
          <Amount value={provider.rewards_claimable} /> to claim, <Amount value={provider.rewards_claimed} />{' '}
          claimed
        </>,
      ],
      [
        'Withdrawable',
        provider.withdrawable_at_height === undefined ? undefined : (
          <Height at={provider.withdrawable_at_height} />
        ),
      ],
      [
        'Models',
        provider.models.length === 0 ? (
          'the genesis models and every int8 model'
        ) : (
          <span class="names">
            {provider.models.map((model) => (
              <Name key={model} text={model} />
            ))}
          </span>
        ),
      ],
    ]}
  />
);

const Hardware = ({ provider }: { readonly provider: Provider }) =>
  provider.gpus.length === 0 ? (
    <Quiet>It declares no GPU.</Quiet>
  ) : (
    <Table
      caption="GPUs, as the operator declares them"
      rows={provider.gpus.map((gpu, index) => ({ ...gpu, index }))}
      keyOf={({ index }) => index}
      columns={[
        { name: 'GPU', cell: ({ model }) => <Name text={model} /> },
        { name: 'Memory', isNumber: true, cell: ({ memory_gb: size }) => `${groupDigits(size)} GB` },
        { name: 'TFLOPS', isNumber: true, cell: ({ tflops }) => <Name text={tflops} max={16} /> },
      ]}
    />
  );

/** One provider. */
export function ProviderPage({ id }: { readonly id: string }) {
  const { data: provider, error } = useQuery(`provider ${id}`, (signal) =>
    client.getProvider(id, { signal }),
  );
  const work = useQuery(`tasks of ${id}`, (signal) =>
    client.listTasks({ provider: id, limit: TASKS_SHOWN }, { signal }),
  );
  const title = <Name text={id} />;
  if (provider === undefined)
    return (
      <Page kind="Provider" title={title}>
        <Waiting error={error} />
      </Page>
    );
  const tasks = work.data?.tasks ?? [];
  return (
    <Page
      kind="Provider"
      title={title}
      lead={
        <>
          <StateBadge name={providerState(provider)} /> {leadOf(provider)}.
        </>
      }
    >
      <div class="figures">
        <Figure label="Bond" note="what it can lose">
          <Amount value={provider.bond} />
        </Figure>
        <Figure label="Reserved" note="for work that is not settled">
          <Liability provider={provider} />
        </Figure>
        <Figure label="Reputation" note="of 100; below 10 it is not drawn">
          <Reputation value={provider.reputation} />
        </Figure>
        <Figure label="Answered" note={`${groupDigits(provider.tasks_failed)} failed`}>
          {groupDigits(provider.tasks_handled)}
        </Figure>
        <Figure label="Attestation" note="hardware that vouches for it">
          <Attested provider={provider} />
        </Figure>
      </div>
      {provider.assigned.length === 0 ? null : (
        <Section title="On its desk">
          <p class="names">
            {provider.assigned.map((task) => (
              <TaskLink key={task} id={task} />
            ))}
          </p>
        </Section>
      )}
      <Section title="Tasks it was given last">
        {tasks.length === 0 ? <Quiet>None yet.</Quiet> : <TaskTable tasks={tasks} />}
      </Section>
      <div class="two">
        <Section title="Facts">
          <ProviderFacts provider={provider} />
        </Section>
        <Section title="Hardware">
          <Hardware provider={provider} />
        </Section>
      </div>
    </Page>
  );
}
