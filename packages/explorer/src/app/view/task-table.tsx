import type { Task } from '@aivm/sdk';
import { Amount, Height, ModelLink, ProviderLink, StateBadge, TaskLink } from './bits.tsx';
import { type Column, Table } from './table.tsx';

/** The state that says most of a task: how its judgement is, once there is an answer. */
export const stateOf = ({ status, settlement }: Task): string =>
  settlement === 'open' || settlement === 'void' || settlement === 'final' ? status : settlement;

const COLUMNS: readonly Column<Task>[] = [
  { name: 'Task', cell: ({ id }) => <TaskLink id={id} /> },
  { name: 'State', cell: (task) => <StateBadge name={stateOf(task)} /> },
  { name: 'Model', cell: ({ model }) => <ModelLink id={model} /> },
  { name: 'Provider', cell: ({ assigned_to: id }) => <ProviderLink id={id} /> },
  { name: 'Fee', isNumber: true, cell: ({ fee }) => <Amount value={fee} /> },
  { name: 'Submitted', isNumber: true, cell: ({ created_at_height: at }) => <Height at={at} /> },
];
const SHORT = new Set(['Task', 'State', 'Submitted']);

/** Tasks, one a row. */
export const TaskTable = ({
  tasks,
  isShort = false,
}: {
  readonly tasks: readonly Task[];
  readonly isShort?: boolean;
}) => (
  <Table
    caption="Tasks"
    isShort={isShort}
    columns={isShort ? COLUMNS.filter(({ name }) => SHORT.has(name)) : COLUMNS}
    rows={tasks}
    keyOf={({ id }) => id}
  />
);
