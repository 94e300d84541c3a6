import type { ProtocolEvent } from '@aivm/core/execute';
import type { ObservedBlock } from '../checkers/checker.ts';
import { type Counts, count } from './tally.ts';

/** The name under which an event is counted. */
function nameOf(event: ProtocolEvent): string {
  switch (event.kind) {
    case 'task':
      return `task/${event.reason}`;
    case 'seat':
      return `seat/${event.change}`;
    case 'provider':
      return `provider/${event.change}`;
    case 'model':
      return `model/${event.change}`;
    case 'challenge':
      return `challenge/${event.upheld ? 'upheld' : 'rejected'}`;
    default:
      return event.kind;
  }
}

/** Counts what a block's events and outcomes say. */
export function countOutcomes(
  { events, outcomes }: Pick<ObservedBlock, 'events' | 'outcomes'>,
  counters: { readonly outcomes: Counts; readonly codes: Counts },
): void {
  for (const event of events) count(counters.outcomes, nameOf(event));
  for (const { code } of outcomes) if (code !== '') count(counters.codes, code);
}
