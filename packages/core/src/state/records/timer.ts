import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { text, u8, u32 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** What happens when a timer's height comes. */
export const TimerKind = {
  /** A task that nobody answered by its deadline is refunded. */
  taskDeadline: 0,
  /** A drawn provider that did not answer loses the task. */
  taskTimeout: 1,
  /** A challenge window ends. */
  windowEnd: 2,
  /** A panel's time to commit ends. */
  commitEnd: 4,
  /** A panel's time to reveal ends. */
  revealEnd: 5,
  /** A committee that is not complete by now judges nothing. */
  drawEnd: 6,
} as const;
export type TimerKind = (typeof TimerKind)[keyof typeof TimerKind];

export const timerCodec = struct('Timer', { kind: u8, taskId: text(LIMITS.idBytesMax) });
export type Timer = CodecValue<typeof timerCodec>;

/** Slots of one height: `used` only grows, so that a slot's index stays what it was. */
export const timerHeightCodec = struct('TimerHeight', { used: u32 });

/** Neighbours of a task in the queue; empty text = none. */
export const queueNodeCodec = struct('QueueNode', {
  previous: text(LIMITS.idBytesMax),
  next: text(LIMITS.idBytesMax),
});
export type QueueNode = CodecValue<typeof queueNodeCodec>;
