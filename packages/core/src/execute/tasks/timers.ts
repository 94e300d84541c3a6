import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import { NO_TIMER, type TimerSlot } from '../../state/records/task.ts';
import {
  type Timer,
  type TimerHeight,
  TimerKind,
  timerCodec,
  timerHeightCodec,
} from '../../state/records/timer.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';

/** A timer whose height is full goes to the next of at most this many heights that has room. */
const HEIGHTS_TRIED = 64;

const EMPTY_HEIGHT: TimerHeight = { used: 0, weight: 0, firstFree: 0 };

const readHeight = ({ state }: BlockContext, height: number): TimerHeight =>
  readRecord(state, stateKeys.timerHeight(height), timerHeightCodec) ?? EMPTY_HEIGHT;

const countTimers = (context: BlockContext, step: 1 | -1): void =>
  updateChain(context, (chain) => ({ timersPending: chain.timersPending + step }));

/**
 * Takes a free slot of a height, or a new one. A height carries timerSlots of weight, so that what runs in one block is
 * bounded whatever its timers settle; an empty one takes any timer.
 * @returns its index, or undefined where the height is full.
 */
function takeSlot(context: BlockContext, height: number, weight: number): number | undefined {
  const before = readHeight(context, height);
  const { used, firstFree } = before;
  if (before.weight > 0 && before.weight + weight > context.params.timerSlots) return undefined;
  const held = { weight: before.weight + weight };
  const heightKey = stateKeys.timerHeight(height);
  if (firstFree !== 0) {
    const slot = readRecord(context.state, stateKeys.timer(height, firstFree - 1), timerCodec);
    assert(slot?.kind === TimerKind.free, 'the list of free timer slots leads to a held one');
    context.state.setRecord(heightKey, timerHeightCodec, { used, ...held, firstFree: slot.nextFree });
    return firstFree - 1;
  }
  context.state.setRecord(heightKey, timerHeightCodec, { used: used + 1, ...held, firstFree });
  return used;
}

/**
 * Reserves a slot at `height` or shortly after, for a timer that settles `weight` [1] tasks or seats. The slot's height is the deadline that operations compare with. Cost: at
 * most 64 reads.
 * @param height above the block's own: this block's timers have run
 * @returns undefined when every height tried is full.
 */
export function scheduleTimer(
  context: BlockContext,
  height: number,
  timer: Pick<Timer, 'kind' | 'taskId'> & { readonly weight?: number },
): TimerSlot | undefined {
  const weight = timer.weight ?? 1;
  assert(height > context.height, 'a timer for a height that has passed');
  for (let at = height; at < height + HEIGHTS_TRIED; at++) {
    const index = takeSlot(context, at, weight);
    if (index === undefined) continue;
    context.state.setRecord(stateKeys.timer(at, index), timerCodec, { ...timer, weight, nextFree: 0 });
    countTimers(context, 1);
    return { height: at, index };
  }
  return undefined;
}

/**
 * Takes a timer back; one that has run already stays as it is. Its slot becomes free, else whoever submits and cancels
 * could fill a height for the price of admission and have honest results refused.
 */
export function cancelTimer(context: BlockContext, slot: TimerSlot): void {
  if (slot.height === NO_TIMER.height) return;
  const key = stateKeys.timer(slot.height, slot.index);
  const timer = readRecord(context.state, key, timerCodec);
  if (timer === undefined) return;
  assert(timer.kind !== TimerKind.free, 'a timer is taken back twice');
  const { used, weight, firstFree } = readHeight(context, slot.height);
  context.state.setRecord(key, timerCodec, {
    kind: TimerKind.free,
    taskId: '',
    weight: 0,
    nextFree: firstFree,
  });
  context.state.setRecord(stateKeys.timerHeight(slot.height), timerHeightCodec, {
    used,
    weight: weight - timer.weight,
    firstFree: slot.index + 1,
  });
  countTimers(context, -1);
}

/** Runs every timer of this height in slot order: at most timerSlots of weight. One may take back those that follow. */
export function runTimers(context: BlockContext, run: (timer: Timer) => void): void {
  const { state, height } = context;
  const { used } = readHeight(context, height);
  for (let index = 0; index < used; index++) {
    const key = stateKeys.timer(height, index);
    const timer = readRecord(state, key, timerCodec);
    assert(timer !== undefined, 'a timer slot without its record');
    state.delete(key);
    if (timer.kind === TimerKind.free) continue;
    countTimers(context, -1);
    run(timer);
  }
  if (used > 0) state.delete(stateKeys.timerHeight(height));
}
