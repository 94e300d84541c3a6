import type { StatelessBlock } from '@aivm/core/block';
import type { ProtocolEvent } from '@aivm/core/execute';
import { SETTLEMENT_NAMES, TASK_STATUS_NAMES } from '@aivm/core/state';
import { secondsToTimestamp } from '../encoding/timestamp.ts';
import type { ChainEvent } from '../schemas/event.ts';

/**
 * Where an event stands: `index` counts the events of its block, the block's own event comes last. As the place after
 * which events are asked for, index −1 is the beginning of a block.
 */
export interface EventPlace {
  readonly height: number;
  readonly index: number;
}

/**
 * The place as the id of a server-sent event.
 * @example placeToText({ height: 17, index: 3 }) // '17.3'
 */
export const placeToText = ({ height, index }: EventPlace): string => `${height}.${index}`;

/**
 * The place that an event id names; undefined where it names none.
 * @example textToPlace('17.3') // { height: 17, index: 3 }
 */
export function textToPlace(text: string): EventPlace | undefined {
  const match = /^(\d{1,15})\.(-1|\d{1,9})$/.exec(text);
  return match === null ? undefined : { height: Number(match[1]), index: Number(match[2]) };
}

type PlaceMembers = Pick<ChainEvent, 'height' | 'index' | 'timestamp'>;

const gameOf = ({ game }: { readonly game?: number }): { readonly game?: number } =>
  game === undefined ? {} : { game };

function disputeMembers(
  event: Extract<ProtocolEvent, { kind: 'dispute' }>,
): Omit<Extract<ChainEvent, { kind: 'dispute' }>, 'kind' | 'task_id' | keyof PlaceMembers> {
  const game = gameOf(event);
  if (event.change === 'moved') return { change: 'moved', phase: event.phase, ...game };
  const { provider, challenger } = event;
  if (event.change === 'settled') {
    const { verdict, claimRight } = event;
    return { change: 'settled', provider, challenger, verdict, claim_right: claimRight, ...game };
  }
  return {
    change: 'opened',
    provider,
    challenger,
    model: event.model,
    bond: event.bond,
    posted_hash: event.postedHash,
    claimed_hash: event.claimedHash,
    ...game,
  };
}

function membersOf(event: ProtocolEvent, place: PlaceMembers): ChainEvent {
  switch (event.kind) {
    case 'task':
      return {
        kind: 'task',
        ...place,
        task_id: event.taskId,
        status: TASK_STATUS_NAMES[event.status],
        settlement: SETTLEMENT_NAMES[event.settlement],
        provider: event.provider,
        model: event.model,
        reason: event.reason,
        usable: event.usable,
      };
    case 'retraction':
      return {
        kind: 'retraction',
        ...place,
        task_id: event.taskId,
        provider: event.provider,
        output_hash: event.outputHash,
        reason: event.reason,
      };
    case 'seat': {
      const { taskId, ...rest } = event;
      return { ...rest, ...place, task_id: taskId };
    }
    case 'anchor':
      return {
        kind: 'anchor',
        ...place,
        number: event.number,
        commit_root: event.commitRoot,
        parent_root: event.parentRoot,
        validator_set_root: event.validatorSetRoot,
        receipt_count: event.receiptCount,
      };
    case 'receipt':
      return { kind: 'receipt', ...place, receipt_index: event.index, task_id: event.taskId };
    case 'challenge':
      return {
        kind: 'challenge',
        ...place,
        task_id: event.taskId,
        provider: event.provider,
        challenger: event.challenger,
        upheld: event.upheld,
        claim_right: event.claimRight,
        ...gameOf(event),
      };
    case 'dispute':
      return { kind: 'dispute', ...place, task_id: event.taskId, ...disputeMembers(event) };
    case 'conviction': {
      const { taskId, shares, ...rest } = event;
      return { ...rest, ...place, task_id: taskId, shares: [...shares] };
    }
    default:
      return { ...event, ...place };
  }
}

/**
 * One event of a block, for the stream.
 * @example eventToShape(event, block, 0).kind // event.kind
 */
export const eventToShape = (event: ProtocolEvent, block: StatelessBlock, index: number): ChainEvent =>
  membersOf(event, {
    height: block.header.height,
    index,
    timestamp: secondsToTimestamp(block.header.timestamp),
  });

/**
 * As {@link eventToShape}, for an event whose block is not at hand. `timestamp` is the block's, seconds.
 * @example placedEventToShape(event, { height: 7, index: 0, timestamp: 1_767_323_045 }).height // 7
 */
export const placedEventToShape = (
  event: ProtocolEvent,
  { timestamp, ...place }: EventPlace & { readonly timestamp: number },
): ChainEvent => membersOf(event, { ...place, timestamp: secondsToTimestamp(timestamp) });

/**
 * The event that ends a block's events: the block itself.
 * @example blockToEvent(block, 0).kind // 'block'
 */
export const blockToEvent = (block: StatelessBlock, index: number): ChainEvent => ({
  kind: 'block',
  height: block.header.height,
  index,
  timestamp: secondsToTimestamp(block.header.timestamp),
  hash: block.id,
  transaction_count: block.transactions.length,
  receipt_count: block.header.receiptCount,
});
