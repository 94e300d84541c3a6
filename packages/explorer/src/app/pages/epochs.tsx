import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { groupDigits } from '../text/amount.ts';
import { clockOf, plural } from '../text/words.ts';
import { Amount, Hash, Height, Name } from '../view/bits.tsx';
import { Facts, Figure, Page, Quiet, Section, Waiting } from '../view/blocks.tsx';
import { BarChart } from '../view/charts.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { Table } from '../view/table.tsx';

const PER_PAGE = 20;
const CHART_EPOCHS = 60;
/** Amounts are charted in parts of AI that a double holds exactly enough. */
const CHART_UNIT = 1_000_000n;

function Epochs() {
  const { data, error } = useQuery('epochs', (signal) =>
    client.listEpochs({ limit: CHART_EPOCHS }, { signal }),
  );
  if (data === undefined) return <Waiting error={error} />;
  const { current, epochs } = data;
  return (
    <>
      <div class="figures">
        <Figure label="Open epoch" note={`since ${clockOf(current.started_at)}`}>
          {String(current.epoch)}
        </Figure>
        <Figure label="Receipts so far">{groupDigits(current.receipts)}</Figure>
        <Figure label="Rewards so far" note="before they are scaled to the cap">
          <Amount value={current.total} />
        </Figure>
      </div>
      {epochs.length === 0 ? (
        <Quiet>No epoch has closed yet.</Quiet>
      ) : (
        <>
          <BarChart
            summary={`Rewards paid in the last ${plural(epochs.length, 'epoch')}`}
            bars={[...epochs].reverse().map(({ epoch, paid }) => ({
              label: `epoch ${epoch}`,
              value: Number(paid / CHART_UNIT),
            }))}
          />
          <Table
            caption="Closed epochs"
            rows={epochs.slice(0, PER_PAGE)}
            keyOf={({ epoch }) => String(epoch)}
            columns={[
              { name: 'Epoch', cell: ({ epoch }) => String(epoch) },
              { name: 'Closed', isNumber: true, cell: ({ endedAtHeight }) => <Height at={endedAtHeight} /> },
              { name: 'Receipts', isNumber: true, cell: ({ receipts }) => groupDigits(receipts) },
              { name: 'Accrued', isNumber: true, cell: ({ total }) => <Amount value={total} /> },
              { name: 'Paid', isNumber: true, cell: ({ paid }) => <Amount value={paid} /> },
            ]}
          />
        </>
      )}
    </>
  );
}

function Anchors() {
  const paging = usePaging('anchors');
  const { data, error } = useQuery(`anchors ${paging.cursor ?? ''}`, (signal) => {
    const { cursor } = paging;
    return client.listAnchors({ limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) }, { signal });
  });
  if (data === undefined) return <Waiting error={error} />;
  return (
    <>
      {data.anchors.length === 0 ? (
        <Quiet>No anchor yet.</Quiet>
      ) : (
        <Table
          caption="Anchors"
          rows={data.anchors}
          keyOf={({ number }) => String(number)}
          columns={[
            { name: 'Anchor', cell: ({ number }) => String(number) },
            { name: 'Block', isNumber: true, cell: ({ height }) => <Height at={height} /> },
            { name: 'Receipts', isNumber: true, cell: ({ receipt_count: count }) => groupDigits(count) },
            { name: 'Root', cell: ({ commit_root: root }) => <Hash bytes={root} /> },
            { name: 'Extends', cell: ({ parent_root: root }) => <Hash bytes={root} /> },
          ]}
        />
      )}
      <Pager paging={paging} next={data.next_cursor} />
      {data.sinks.length === 0 ? null : (
        <Facts
          facts={data.sinks.map(({ sink, delivered, last_error: trouble }) => [
            `To ${sink}`,
            <>
              {plural(delivered, 'anchor')} delivered
              {trouble === undefined ? null : (
                <>
                  ; last attempt failed: <Name text={trouble} max={200} />
                </>
              )}
            </>,
          ])}
        />
      )}
    </>
  );
}

/** Rewards by epoch, and what was anchored elsewhere. */
export const EpochsPage = () => (
  <Page
    title="Epochs and anchors"
    lead="Rewards are paid when an epoch closes. An anchor hands the root of all receipts to another chain."
  >
    <Epochs />
    <Section title="Anchors">
      <Anchors />
    </Section>
  </Page>
);
