import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { Clock, Hash, Height } from '../view/bits.tsx';
import { Page, Waiting } from '../view/blocks.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { Table } from '../view/table.tsx';
import { Activity } from './activity.tsx';

const PER_PAGE = 50;

/** Blocks, newest first. */
export function BlocksPage() {
  const paging = usePaging('blocks');
  const { data, error } = useQuery(
    `blocks ${paging.cursor ?? ''}`,
    (signal) => {
      const { cursor } = paging;
      return client.listBlocks(
        { limit: PER_PAGE, ...(cursor === undefined ? {} : { from: Number(cursor) }) },
        { signal },
      );
    },
    paging.number === 1,
  );
  const lowest = data?.blocks.at(-1)?.height ?? 0;
  return (
    <Page title="Blocks" lead="A block is made when there are transactions, and while anything is scheduled.">
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          {paging.number === 1 ? <Activity /> : null}
          <Table
            caption="Blocks"
            rows={data.blocks}
            keyOf={({ height }) => height}
            columns={[
              { name: 'Height', cell: ({ height }) => <Height at={height} /> },
              { name: 'Transactions', isNumber: true, cell: ({ transaction_count: count }) => count },
              { name: 'Receipts so far', isNumber: true, cell: ({ header }) => header.receiptCount },
              { name: 'Time', isNumber: true, cell: ({ timestamp }) => <Clock at={timestamp} /> },
              { name: 'Hash', cell: ({ hash }) => <Hash bytes={hash} /> },
            ]}
          />
          <Pager paging={paging} next={lowest === 0 ? undefined : String(lowest - 1)} />
        </>
      )}
    </Page>
  );
}
