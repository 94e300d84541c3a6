import type { ModelInfo } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import { Address, Hash, Name } from '../view/bits.tsx';
import { Page, Waiting } from '../view/blocks.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { Table } from '../view/table.tsx';

const PER_PAGE = 50;

/** How a wrong answer of a model would be found. */
export function judgedBy({ check_class: name, deterministic }: ModelInfo): string {
  if (name === 'int8-kernel') return 'recomputed by the chain';
  if (name === 'int8-graph') return 'a game down to one element';
  return deterministic ? 'a committee of other providers' : 'cannot be judged';
}

/** What may be asked. */
export function ModelsPage() {
  const paging = usePaging('models');
  const { data, error } = useQuery(`models ${paging.cursor ?? ''}`, (signal) => {
    const { cursor } = paging;
    const query = { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
    return client.call('getModels', { query }, { signal });
  });
  return (
    <Page title="Models" lead="What may be asked, and how a wrong answer would be found out.">
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          <Table
            caption="Models"
            rows={data.models}
            keyOf={({ id }) => id}
            columns={[
              {
                name: 'Model',
                cell: ({ id }) => (
                  <a href={paths.model(id)}>
                    <Name text={id} max={40} />
                  </a>
                ),
              },
              { name: 'Name', cell: ({ name }) => <Name text={name} max={40} /> },
              { name: 'Class', cell: ({ check_class: name }) => name },
              { name: 'A wrong answer', cell: judgedBy },
              {
                name: 'Owner',
                cell: ({ genesis, owner }) => (genesis ? 'genesis' : <Address bytes={owner} />),
              },
              { name: 'Root', cell: ({ hash }) => <Hash bytes={hash} /> },
            ]}
          />
          <Pager paging={paging} next={data.next_cursor} />
        </>
      )}
    </Page>
  );
}
