import type { BlockSummary } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { readRecentBlocks } from '../chain/read-recent.ts';
import { useChain } from '../chain/use-chain.ts';
import { useLazy } from '../chain/use-lazy.ts';
import { plural } from '../text/words.ts';
import { Waiting } from '../view/blocks.tsx';
import { type Bar, BarChart } from '../view/charts.tsx';

const BLOCKS = 480;
const BARS = 60;
/** The charts are drawn anew after so many blocks. */
const BLOCKS_BETWEEN = 10;

interface Charts {
  readonly transactions: readonly Bar[];
  readonly receipts: readonly Bar[];
  readonly seconds: readonly Bar[];
  readonly count: number;
}

/** Blocks in as many groups as there are bars, oldest first. */
function chartsOf(blocks: readonly BlockSummary[]): Charts {
  const size = Math.max(1, Math.ceil(blocks.length / BARS));
  const groups = Array.from({ length: Math.ceil(blocks.length / size) }, (_, i) =>
    blocks.slice(i * size, (i + 1) * size),
  );
  const bar = (group: readonly BlockSummary[], value: number): Bar => ({
    label: `blocks ${group[0]?.height ?? 0}…${group.at(-1)?.height ?? 0}`,
    value,
  });
  const before = (i: number): BlockSummary | undefined => groups[i - 1]?.at(-1) ?? groups[i]?.[0];
  return {
    count: blocks.length,
    transactions: groups.map((group) =>
      bar(
        group,
        group.reduce((sum, { transaction_count: count }) => sum + count, 0),
      ),
    ),
    receipts: groups.map((group, i) =>
      bar(group, (group.at(-1)?.header.receiptCount ?? 0) - (before(i)?.header.receiptCount ?? 0)),
    ),
    seconds: groups.map((group, i) =>
      bar(
        group,
        (Date.parse(group.at(-1)?.timestamp ?? '') - Date.parse(before(i)?.timestamp ?? '')) / 1_000,
      ),
    ),
  };
}

const Chart = ({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }) => (
  <figure class="activity-chart">
    <figcaption class="figure-label">
      {title}
      <span class="num">
        {' '}
        · at most {Math.max(0, ...bars.map(({ value }) => value)).toLocaleString('en')}
      </span>
    </figcaption>
    <BarChart bars={bars} slots={BARS} summary={`${title}, ${plural(bars.length, 'group')} of blocks`} />
  </figure>
);

/** What the last blocks carried, over time. */
export function Activity() {
  const { head } = useChain();
  const { data, error } = useLazy(`activity ${Math.floor((head?.height ?? 0) / BLOCKS_BETWEEN)}`, async () =>
    chartsOf(await readRecentBlocks(client, BLOCKS, new AbortController().signal)),
  );
  if (data === undefined) return <Waiting error={error} />;
  return (
    <div class="activity">
      <Chart title={`Transactions in the last ${plural(data.count, 'block')}`} bars={data.transactions} />
      <Chart title="Receipts written" bars={data.receipts} />
      <Chart title="Seconds that these blocks took" bars={data.seconds} />
    </div>
  );
}
