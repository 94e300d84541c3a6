import type { Task } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useQuery } from '../chain/use-query.ts';
import { paths } from '../route/paths.ts';
import type { Place } from '../route/router.ts';
import { Page, Quiet, Trouble, Waiting } from '../view/blocks.tsx';
import { Pager, usePaging } from '../view/paging.tsx';
import { TaskTable } from '../view/task-table.tsx';

const STATUSES = ['pending', 'assigned', 'processing', 'completed', 'failed'] as const;
type Status = Task['status'];

const MEANINGS: Readonly<Record<Status, string>> = {
  pending: 'They wait for a provider to be drawn.',
  assigned: 'A provider, or a panel, works on them.',
  processing: 'They are answered; the answer may still be challenged.',
  completed: 'Their answer is final, the provider is paid, and a receipt proves it.',
  failed: 'They ended without an answer, and what was left of the fee went back.',
};
const PER_PAGE = 50;

/** Tasks by state. */
export function TasksPage({ query }: Pick<Place, 'query'>) {
  const status = STATUSES.find((name) => name === query.get('status'));
  const paging = usePaging(`tasks ${status ?? ''}`);
  const { data, error } = useQuery(
    `tasks ${status ?? ''} ${paging.cursor ?? ''}`,
    (signal) => {
      const { cursor } = paging;
      const page = { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) };
      return client.listTasks(status === undefined ? page : { ...page, status }, { signal });
    },
    paging.number === 1,
  );
  return (
    <Page
      title="Tasks"
      lead={status === undefined ? 'Everything that was asked, newest first.' : MEANINGS[status]}
    >
      <nav class="tabs" aria-label="State of the tasks">
        {[undefined, ...STATUSES].map((name) => (
          <a key={name ?? 'all'} href={paths.tasks(name)} aria-current={name === status ? 'page' : undefined}>
            {name ?? 'all'}
          </a>
        ))}
      </nav>
      {data === undefined ? (
        <Waiting error={error} />
      ) : (
        <>
          {error === undefined ? null : <Trouble error={error} />}
          {data.tasks.length === 0 ? <Quiet>No such task.</Quiet> : <TaskTable tasks={data.tasks} />}
          <Pager paging={paging} next={data.next_cursor} />
        </>
      )}
    </Page>
  );
}
