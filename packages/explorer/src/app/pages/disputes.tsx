import { DISPUTE_VERDICTS, type Dispute } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import type { Place } from '../route/router.ts';
import { shortHex, toHex } from '../text/hex.ts';
import { Address, Amount, Height, ModelLink, ProviderLink, StateBadge, TaskLink } from '../view/bits.tsx';
import { Page, Quiet, Waiting } from '../view/blocks.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { Table } from '../view/table.tsx';

const PER_PAGE = 50;

const MEANINGS: Readonly<Record<Dispute['verdict'], string>> = {
  open: 'They are being judged.',
  upheld: 'The answer was proved wrong.',
  rejected: 'The answer stood, and its challenger lost the stake.',
  undecided: 'Nobody was found wrong.',
};

export const JUDGES: Readonly<Record<Dispute['judge'], string>> = {
  kernel: 'the chain, which computed the answer again',
  game: 'a game that ends with one element',
  committee: 'a committee, which does the task again',
};

/** Disputes, newest first. */
export function DisputesPage({ query }: Pick<Place, 'query'>) {
  const verdict = DISPUTE_VERDICTS.find((name) => name === query.get('verdict'));
  const paging = usePaging(`disputes ${verdict ?? ''}`);
  const { data, error } = useQuery(
    `disputes ${verdict ?? ''} ${paging.cursor ?? ''}`,
    (signal) => {
      const { cursor } = paging;
      const page = { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
      return client.listDisputes(verdict === undefined ? page : { ...page, verdict }, { signal });
    },
    paging.number === 1,
  );
  const lead = verdict === undefined ? 'Answers that somebody staked money against.' : MEANINGS[verdict];
  return (
    <Page title="Disputes" lead={lead}>
      <nav class="tabs" aria-label="Verdict">
        {[undefined, ...DISPUTE_VERDICTS].map((name) => (
          <a
            key={name ?? 'all'}
            href={name === undefined ? paths.disputes() : `${paths.disputes()}?verdict=${name}`}
            aria-current={name === verdict ? 'page' : undefined}
          >
            {name ?? 'all'}
          </a>
        ))}
      </nav>
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          {data.disputes.length === 0 ? (
            <Quiet>
              None. Nobody has challenged an answer{verdict === undefined ? '' : ' with this verdict'}.
            </Quiet>
          ) : (
            <Table
              caption="Disputes"
              rows={data.disputes}
              keyOf={({ id }) => toHex(id)}
              columns={[
                {
                  name: 'Dispute',
                  cell: ({ id }) => (
                    <a class="hash" href={paths.dispute(toHex(id))}>
                      {shortHex(toHex(id))}
                    </a>
                  ),
                },
                { name: 'Verdict', cell: ({ verdict: name }) => <StateBadge name={name} /> },
                { name: 'Task', cell: ({ task_id: id }) => <TaskLink id={id} /> },
                { name: 'Model', cell: ({ model }) => <ModelLink id={model} /> },
                { name: 'Provider', cell: ({ provider }) => <ProviderLink id={provider} /> },
                { name: 'Challenger', cell: ({ challenger }) => <Address bytes={challenger} /> },
                { name: 'Stake', isNumber: true, cell: ({ bond }) => <Amount value={bond} /> },
                { name: 'Opened', isNumber: true, cell: ({ opened_at_height: at }) => <Height at={at} /> },
              ]}
            />
          )}
          <Pager paging={paging} next={data.next_cursor} />
        </>
      )}
    </Page>
  );
}
