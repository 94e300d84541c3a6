import { explainTask, type Task } from '@aivm/sdk';
import { client } from '../chain/client.ts';
import { useChain } from '../chain/use-chain.ts';
import { useQuery } from '../chain/use-query.ts';
import { useTaskHistory } from '../chain/use-task-history.ts';
import { paths } from '../route/paths.ts';
import { groupDigits } from '../text/amount.ts';
import { safeText } from '../text/safe-text.ts';
import { attemptsOf, storyOf } from '../text/task-story.ts';
import { modeName } from '../text/words.ts';
import {
  Address,
  Amount,
  Clock,
  Hash,
  Height,
  ModelLink,
  Name,
  ProviderLink,
  StateBadge,
} from '../view/bits.tsx';
import { Facts, Page, Quiet, Section, Trouble, Waiting } from '../view/blocks.tsx';
import { PayloadView } from '../view/payload.tsx';
import { SeatTable } from '../view/seat-table.tsx';
import { Story } from '../view/story.tsx';
import { stateOf } from '../view/task-table.tsx';

const WHY_LENGTH_MAX = 1_000;

const isOver = ({ status }: Task): boolean => status === 'completed' || status === 'failed';

interface Milestone {
  readonly name: string;
  readonly at: number | undefined;
  /** Whether it has come, as far as the head is. */
  readonly isReached: boolean;
}

function milestonesOf(task: Task): readonly Milestone[] {
  const { created_at_height: created, assigned_at_height: assigned, posted_at_height: posted } = task;
  const end = task.ended_at_height ?? task.final_at_height;
  const isEnded = isOver(task);
  return [
    { name: 'submitted', at: created, isReached: true },
    { name: 'given out', at: assigned, isReached: assigned !== undefined },
    { name: 'answered', at: posted, isReached: posted !== undefined },
    { name: task.status === 'failed' ? 'failed' : 'final', at: end, isReached: isEnded },
  ];
}

const Milestones = ({ task }: { readonly task: Task }) => (
  <ol class="milestones">
    {milestonesOf(task).map(({ name, at, isReached }) => (
      <li key={name} class={`${isReached ? 'reached' : ''} ${name === 'failed' ? 'bad' : ''}`}>
        <span class="milestone-name">{name}</span>
        {at === undefined ? <span class="quiet">–</span> : <Height at={at} />}
      </li>
    ))}
  </ol>
);

const TaskFacts = ({ task }: { readonly task: Task }) => (
  <Facts
    facts={[
      ['Model', <ModelLink id={task.model} />],
      ['Class', task.check_class],
      ['Verified', `${modeName(task.mode)}${task.verifiable ? '' : '; a wrong answer cannot be proven'}`],
      ['Requester', <Address bytes={task.requester} />],
      ['Provider', <ProviderLink id={task.assigned_to} />],
      ['Fee', <Amount value={task.fee} />],
      ['In escrow', <Amount value={task.escrow} />],
      ['Burned so far', <Amount value={task.burned} />],
      ['Attempts', attemptsOf(task)],
      ['Submitted', <Clock at={task.created_at} />],
      ['Ended', task.ended_at === undefined ? undefined : <Clock at={task.ended_at} />],
      [
        'Computed in',
        task.compute_time_ms === undefined || task.compute_time_ms === 0n
          ? undefined
          : `${groupDigits(task.compute_time_ms)} ms, as the provider says`,
      ],
      ['Deadline', <Height at={task.deadline_height} />],
      [
        'Receipt',
        task.receipt_index === undefined ? undefined : (
          <a href={paths.verify(task.receipt_index)}>number {task.receipt_index}, with its proof</a>
        ),
      ],
      ['Model root', <Hash bytes={task.model_root} />],
      ['Weights', <Hash bytes={task.weight_hash} />],
      ['Input hash', <Hash bytes={task.input_hash} />],
      ['Output hash', task.output_hash === undefined ? undefined : <Hash bytes={task.output_hash} />],
    ]}
  />
);

/** The task as it was when its block admitted it: what it paid in. */
const readAdmitted = async (task: Task, signal: AbortSignal): Promise<Task | undefined> =>
  (await client.getBlock(task.created_at_height, { signal })).tasks?.find(({ id }) => id === task.id);

function TaskStory({ task }: { readonly task: Task }) {
  const { config } = useChain();
  const history = useTaskHistory(task.id, task.created_at_height, task.ended_at_height);
  const admitted = useQuery(`admitted ${task.id}`, (signal) => readAdmitted(task, signal), false);
  if (config === undefined) return <Waiting error={undefined} />;
  const steps = storyOf(history.events, { task, config, admitted: admitted.data });
  return (
    <>
      {history.error === undefined ? null : <Trouble error={history.error} />}
      {steps.length === 0 ? (
        <Quiet>reading the blocks since #{task.created_at_height}…</Quiet>
      ) : (
        <Story steps={steps} />
      )}
      {steps.some(({ isDispute }) => isDispute) ? (
        <p class="after">
          <a href={paths.dispute(task.id)}>Play the dispute again</a>
        </p>
      ) : null}
      {history.isCut ? (
        <Quiet>The blocks after #{history.readTo} were not read: there are too many.</Quiet>
      ) : null}
    </>
  );
}

/** One task, and why it is where it is. */
export function TaskPage({ id }: { readonly id: string }) {
  const { data: task, error } = useQuery(
    `task ${id}`,
    (signal) => client.getTask(id, { signal }),
    (now) => !isOver(now),
  );
  const title = <Name text={id} />;
  if (task === undefined)
    return (
      <Page kind="Task" title={title}>
        <Waiting error={error} />
      </Page>
    );
  const isNetwork = task.check_class === 'int8-graph';
  const { output_bytes: output } = task;
  return (
    <Page
      kind="Task"
      title={title}
      lead={
        <>
          <StateBadge name={stateOf(task)} /> {safeText(explainTask(task), WHY_LENGTH_MAX).text}.
        </>
      }
    >
      <Milestones task={task} />
      <div class="payloads">
        <PayloadView
          name="Input"
          isNetwork={isNetwork}
          payload={{ bytes: task.input_bytes, encoding: task.input_encoding, value: task.input }}
        />
        {output === undefined ? null : (
          <PayloadView
            name="Output"
            isNetwork={isNetwork}
            payload={{ bytes: output, encoding: task.output_encoding, value: task.output }}
          />
        )}
      </div>
      <Section title="Why it is where it is">
        <TaskStory task={task} />
      </Section>
      {task.panel === undefined ? null : (
        <Section title={`Panel ${task.panel.number}: ${task.panel.phase}`}>
          <SeatTable seats={task.panel.seats} />
        </Section>
      )}
      <Section title="Facts">
        <TaskFacts task={task} />
      </Section>
    </Page>
  );
}
