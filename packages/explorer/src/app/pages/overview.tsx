import type { Task } from '@aivm/sdk';
import { useEffect, useState } from 'preact/hooks';
import { client } from '../chain/client.ts';
import { useChain } from '../chain/use-chain.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import { groupDigits } from '../text/amount.ts';
import { distanceOf, plural, spanOf } from '../text/words.ts';
import { Amount, TaskLink } from '../view/bits.tsx';
import { Figure, Quiet, Section, Trouble } from '../view/blocks.tsx';
import { BarChart, Progress } from '../view/charts.tsx';
import { EventList } from '../view/event-line.tsx';
import { TaskTable } from '../view/task-table.tsx';

const CHART_BLOCKS = 60;
const EVENTS_SHOWN = 12;
const TASKS_SHOWN = 8;

/** How long ago a moment of block time was, counted on. */
function Since({ timestamp }: { readonly timestamp: string }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <>{spanOf(now - Date.parse(timestamp))} ago</>;
}

function Head() {
  const { head, blocks, config } = useChain();
  const shown = blocks.slice(-CHART_BLOCKS);
  const count = shown.reduce((sum, { transactionCount }) => sum + transactionCount, 0);
  const window = config?.config.challengeWindowBlocks;
  return (
    <div class="hero">
      <div class="hero-head">
        <div class="figure-label">Last block</div>
        <a class="hero-height num" href={head === undefined ? paths.blocks() : paths.block(head.height)}>
          {head === undefined ? '–' : groupDigits(head.height)}
        </a>
        <p class="quiet">
          {head === undefined ? 'asking the node…' : <Since timestamp={head.timestamp} />}
          {window === undefined ? null : (
            <>; an answer is final {plural(window, 'block')} after it was posted</>
          )}
        </p>
      </div>
      <div class="hero-chart">
        <div class="figure-label">
          Transactions in each of the last {plural(Math.max(shown.length, 1), 'block')}
        </div>
        <BarChart
          slots={CHART_BLOCKS}
          summary={`${plural(count, 'transaction')} in the last ${plural(shown.length, 'block')}`}
          bars={shown.map(({ height, transactionCount }) => ({
            label: `block ${height}`,
            value: transactionCount,
          }))}
        />
      </div>
    </div>
  );
}

function Figures() {
  const { data: stats, error } = useQuery('stats', (signal) => client.getStats({ signal }));
  if (stats === undefined) return error === undefined ? null : <Trouble error={error} />;
  const ended = stats.tasks_completed + stats.tasks_failed;
  return (
    <div class="figures">
      <Figure label="Tasks open" note={`${groupDigits(stats.tasks_pending)} wait for a provider`}>
        {groupDigits(stats.tasks_open)}
      </Figure>
      <Figure
        label="Tasks answered"
        note={`${groupDigits(stats.tasks_failed)} of ${groupDigits(ended)} failed`}
      >
        {groupDigits(stats.tasks_completed)}
      </Figure>
      <Figure label="Providers" note={`of ${groupDigits(stats.providers_total)} ever registered`}>
        {groupDigits(stats.providers_active)}
      </Figure>
      <Figure label="Models" note={<a href={paths.ask()}>ask one</a>}>
        {groupDigits(stats.models_available)}
      </Figure>
      <Figure
        label="Burned"
        note={
          <>
            minted: <Amount value={stats.total_minted} />
          </>
        }
      >
        <Amount value={stats.total_burned} />
      </Figure>
    </div>
  );
}

function Window({ task }: { readonly task: Task }) {
  const { head } = useChain();
  const { posted_at_height: posted = 0, final_at_height: final = posted } = task;
  const now = head?.height ?? posted;
  const part = final === posted ? 1 : (now - posted) / (final - posted);
  return (
    <li class="window">
      <TaskLink id={task.id} />
      <Progress part={part} label={`window of ${task.id}`} />
      <span class="quiet num">
        final at #{final}, {distanceOf(final, now)}
      </span>
    </li>
  );
}

/** What the chain does right now. */
export function OverviewPage() {
  const { events } = useChain();
  const latest = useQuery('latest tasks', (signal) => client.listTasks({ limit: TASKS_SHOWN }, { signal }));
  const open = useQuery('open windows', (signal) =>
    client.listTasks({ status: 'processing', limit: TASKS_SHOWN }, { signal }),
  );
  const windows = open.data?.tasks.filter(({ settlement }) => settlement === 'posted') ?? [];
  const tasks = latest.data?.tasks ?? [];
  return (
    <article>
      <h1 class="unseen">Overview</h1>
      <Head />
      <Figures />
      {windows.length === 0 ? null : (
        <Section title="Answers on their way to final">
          <ul class="windows">
            {windows.map((task) => (
              <Window key={task.id} task={task} />
            ))}
          </ul>
        </Section>
      )}
      <div class="two">
        <Section title="Latest tasks" more={<a href={paths.tasks()}>all tasks</a>}>
          {tasks.length === 0 ? <Quiet>No task yet.</Quiet> : <TaskTable tasks={tasks} isShort />}
        </Section>
        <Section title="What just happened">
          {events.length === 0 ? (
            <Quiet>Nothing in the last blocks.</Quiet>
          ) : (
            <EventList events={events.slice(-EVENTS_SHOWN).reverse()} />
          )}
        </Section>
      </div>
    </article>
  );
}
