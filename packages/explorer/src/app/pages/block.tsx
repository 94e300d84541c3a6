import { bytesToCb58 } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import { shortHex, toHex } from '../text/hex.ts';
import { kindWords, plural, wordsOf } from '../text/words.ts';
import { Address, Badge, Clock, Hash, Height, Name } from '../view/bits.tsx';
import { Facts, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { Table } from '../view/table.tsx';
import { TaskTable } from '../view/task-table.tsx';

const DETAIL_LENGTH_MAX = 160;

/** One block with all that it carries. */
export function BlockPage({ reference }: { readonly reference: string }) {
  const { data: block, error } = useQuery(
    `block ${reference}`,
    (signal) => client.getBlock(reference, { signal }),
    false,
  );
  if (block === undefined)
    return (
      <Page kind="Block" title={<Name text={shortHex(reference)} />}>
        <Waiting error={error} />
      </Page>
    );
  const { height, header, transactions, tasks = [] } = block;
  return (
    <Page
      kind="Block"
      title={<span class="num">#{height}</span>}
      lead={
        <>
          {plural(transactions.length, 'transaction')}, <Clock at={block.timestamp} />
        </>
      }
    >
      <nav class="pager" aria-label="Blocks beside this one">
        {height === 0 ? null : <a href={paths.block(height - 1)}>← #{height - 1}</a>}
        <a href={paths.block(height + 1)}>#{height + 1} →</a>
      </nav>
      <Section title="Transactions">
        {transactions.length === 0 ? (
          <Quiet>None: this block was made for what was scheduled.</Quiet>
        ) : (
          <Table
            caption="Transactions"
            rows={transactions}
            keyOf={({ hash }) => toHex(hash)}
            columns={[
              { name: 'Operation', cell: ({ kind }) => kindWords(kind) },
              { name: 'Sender', cell: ({ sender }) => <Address bytes={sender} /> },
              {
                name: 'Outcome',
                cell: ({ code, detail }) =>
                  code === '' ? (
                    <Badge tone="good">took effect</Badge>
                  ) : (
                    <>
                      <Badge tone="bad">{wordsOf(code)}</Badge>{' '}
                      <Name text={detail ?? ''} max={DETAIL_LENGTH_MAX} />
                    </>
                  ),
              },
              {
                name: 'Hash',
                cell: ({ hash }) => <Hash bytes={hash} href={paths.transaction(toHex(hash))} />,
              },
            ]}
          />
        )}
      </Section>
      {tasks.length === 0 ? null : (
        <Section title="Tasks that it admitted">
          <TaskTable tasks={tasks} />
        </Section>
      )}
      <Section title="Header">
        <Facts
          facts={[
            ['Id', <Name text={bytesToCb58(block.id)} />],
            ['Hash', <Name text={toHex(block.hash)} max={70} />],
            ['Parent', height === 0 ? undefined : <Height at={height - 1} bare />],
            ['State root', <Name text={toHex(header.stateRoot)} max={70} />],
            ['Receipts root', <Name text={toHex(header.receiptsRoot)} max={70} />],
            ['Receipts', header.receiptCount],
          ]}
        />
      </Section>
    </Page>
  );
}
