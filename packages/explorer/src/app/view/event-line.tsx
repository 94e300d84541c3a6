import type { ChainEvent } from '@aivm/sdk';
import type { ComponentChildren } from 'preact';
import { plural, wordsOf } from '../text/words.ts';
import { Address, Amount, Height, Name, ProviderLink, TaskLink } from './bits.tsx';

const TASK_WORDS: Readonly<Record<string, string>> = {
  submitted: 'was submitted',
  assigned: 'was given to',
  posted: 'was answered by',
  final: 'is final',
};

function taskWords({ reason, provider }: Extract<ChainEvent, { kind: 'task' }>): ComponentChildren {
  const words = TASK_WORDS[reason];
  if (words === undefined) return <>: {wordsOf(reason)}</>;
  const names = reason === 'assigned' || reason === 'posted';
  return (
    <>
      {' '}
      {words} {names ? <ProviderLink id={provider} /> : null}
    </>
  );
}

function disputeWords(event: Extract<ChainEvent, { kind: 'dispute' }>): ComponentChildren {
  if (event.change === 'opened')
    return (
      <>
        {' '}
        is disputed by {event.challenger === undefined ? '?' : <Address bytes={event.challenger} />}, who
        staked <Amount value={event.bond ?? 0n} />
      </>
    );
  if (event.change === 'moved') return <>: dispute moves on, {wordsOf(event.phase ?? '')}</>;
  return <>: dispute settled, {event.verdict}</>;
}

/** What an event says, in a sentence. */
function eventWords(event: ChainEvent): ComponentChildren {
  switch (event.kind) {
    case 'task':
      return (
        <>
          <TaskLink id={event.task_id} />
          {taskWords(event)}
        </>
      );
    case 'retraction':
      return (
        <>
          <TaskLink id={event.task_id} />: the answer of <ProviderLink id={event.provider} /> is withdrawn,{' '}
          {wordsOf(event.reason)}
        </>
      );
    case 'seat':
      return (
        <>
          <TaskLink id={event.task_id} />: seat {event.position} of <ProviderLink id={event.provider} />{' '}
          {wordsOf(event.change)}
        </>
      );
    case 'anchor':
      return (
        <>
          anchor {String(event.number)} over {plural(event.receipt_count, 'receipt')}
        </>
      );
    case 'receipt':
      return (
        <>
          receipt {event.receipt_index} for <TaskLink id={event.task_id} />
        </>
      );
    case 'challenge':
      return (
        <>
          <TaskLink id={event.task_id} />: the answer of <ProviderLink id={event.provider} />{' '}
          {event.upheld ? 'was shown to be wrong' : 'stood a challenge'}
        </>
      );
    case 'dispute':
      return (
        <>
          <TaskLink id={event.task_id} />
          {disputeWords(event)}
        </>
      );
    case 'conviction':
      return (
        <>
          <ProviderLink id={event.provider} /> was convicted over <TaskLink id={event.task_id} /> and lost{' '}
          <Amount value={event.forfeited} />
        </>
      );
    case 'provider':
      return (
        <>
          <ProviderLink id={event.provider} /> {wordsOf(event.change)}
        </>
      );
    case 'model':
      return (
        <>
          model <Name text={event.model} /> {wordsOf(event.change)}
        </>
      );
    case 'epoch':
      return (
        <>
          epoch {String(event.epoch)} closed and paid <Amount value={event.paid} />
        </>
      );
    default:
      return <>{event.kind}</>;
  }
}

const keyOf = ({ height, index }: ChainEvent): string => `${height}.${index}`;

/** Events, each with its height. */
export const EventList = ({ events }: { readonly events: readonly ChainEvent[] }) => (
  <ol class="events">
    {events.map((event) => (
      <li key={keyOf(event)} class={`event ${event.kind}`}>
        <span class="event-words">{eventWords(event)}</span>
        <Height at={event.height} />
      </li>
    ))}
  </ol>
);
