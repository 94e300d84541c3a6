import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { height, text, u8, u32 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** What happens when a timer's height comes. */
export const TimerKind = {
  /** A task that nobody answered by its deadline is refunded. */
  taskDeadline: 0,
  /** A drawn provider that did not answer loses the task. */
  taskTimeout: 1,
  /** A challenge window ends. */
  windowEnd: 2,
  /** Nothing: the slot was given back and waits for another timer. */
  free: 3,
  /** A panel's time to commit ends. */
  commitEnd: 4,
  /** A panel's time to reveal ends. */
  revealEnd: 5,
  /** A committee that is not complete by now judges nothing. */
  drawEnd: 6,
  /** A player in a game about a trace may be late. */
  gameClock: 7,
} as const;
export type TimerKind = (typeof TimerKind)[keyof typeof TimerKind];

export const timerCodec = struct('Timer', {
  kind: u8,
  taskId: text(LIMITS.idBytesMax),
  /** Tasks and seats that it settles at most: what it takes of its height's room. 0 in a free slot. */
  weight: u32,
  /** In a free slot: index of the next free one plus 1; 0 = none. */
  nextFree: u32,
});
export type Timer = CodecValue<typeof timerCodec>;

/** Slots of one height. A slot keeps its index for as long as it is held; free ones form a list. */
export const timerHeightCodec = struct('TimerHeight', {
  /** Slots that exist, free ones included. */
  used: u32,
  /** Sum of the weights of held slots. */
  weight: u32,
  /** Index of the first free slot plus 1; 0 = none. */
  firstFree: u32,
});
export type TimerHeight = CodecValue<typeof timerHeightCodec>;

/** Bytes of the name of a list of providers: `held:` and a hash at most. */
const LIST_NAME_BYTES_MAX = 80;

/** When a list of providers last grew, and last had tasks visited again that wait for its members; 0 if never. */
export const listGrowthCodec = struct('ListGrowth', { grownAt: height, calledAt: height });
export type ListGrowth = CodecValue<typeof listGrowthCodec>;

/** Neighbours of a task in the queue; empty text = none. */
export const queueNodeCodec = struct('QueueNode', {
  previous: text(LIMITS.idBytesMax),
  next: text(LIMITS.idBytesMax),
  /** Visits in a row that looked at everybody and found nobody. */
  fruitless: u8,
  /** Height of the next visit; 0 while every block may visit it. */
  visitFrom: height,
  /** The lists in which there was nobody: as one of them grows the wait is over. */
  lists: list(text(LIST_NAME_BYTES_MAX), 2),
});
export type QueueNode = CodecValue<typeof queueNodeCodec>;
