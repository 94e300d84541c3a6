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
import { TIMER_HEIGHTS_TRIED } from '../context/durations.ts';

const EMPTY_HEIGHT: TimerHeight = { used: 0, weight: 0, firstFree: 0 };

/**
 * Who shares the slots of a height. Disputes have their own, so that nobody fills up with tasks the heights at which
 * others must move.
 */
type TimerLane = 'tasks' | 'disputes';

/** Slots of disputes are numbered from here on. */
const DISPUTE_SLOTS = 2 ** 31;

const laneOfSlot = (index: number): TimerLane => (index >= DISPUTE_SLOTS ? 'disputes' : 'tasks');
const firstSlot = (lane: TimerLane): number => (lane === 'disputes' ? DISPUTE_SLOTS : 0);

const heightKeyOf = (lane: TimerLane, height: number): Uint8Array =>
  lane === 'disputes' ? stateKeys.disputeTimerHeight(height) : stateKeys.timerHeight(height);

const readHeight = ({ state }: BlockContext, lane: TimerLane, height: number): TimerHeight =>
  readRecord(state, heightKeyOf(lane, height), timerHeightCodec) ?? EMPTY_HEIGHT;

const slotsOf = ({ params }: BlockContext, lane: TimerLane): number =>
  lane === 'disputes' ? params.disputeTimerSlots : params.timerSlots;

const countTimers = (context: BlockContext, step: 1 | -1): void =>
  updateChain(context, (chain) => ({ timersPending: chain.timersPending + step }));

/**
 * Takes a free slot of a height, or a new one. A height carries timerSlots of weight, so that what runs in one block is
 * bounded whatever its timers settle; an empty one takes any timer.
 * @returns its index, or undefined where the height is full.
 */
function takeSlot(
  context: BlockContext,
  lane: TimerLane,
  height: number,
  weight: number,
): number | undefined {
  const before = readHeight(context, lane, height);
  const { used, firstFree } = before;
  if (before.weight > 0 && before.weight + weight > slotsOf(context, lane)) return undefined;
  const held = { weight: before.weight + weight };
  const heightKey = heightKeyOf(lane, height);
  if (firstFree !== 0) {
    const index = firstSlot(lane) + firstFree - 1;
    const slot = readRecord(context.state, stateKeys.timer(height, index), timerCodec);
    assert(slot?.kind === TimerKind.free, 'the list of free timer slots leads to a held one');
    context.state.setRecord(heightKey, timerHeightCodec, { used, ...held, firstFree: slot.nextFree });
    return index;
  }
  context.state.setRecord(heightKey, timerHeightCodec, { used: used + 1, ...held, firstFree });
  return firstSlot(lane) + used;
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
  for (let at = height; at < height + TIMER_HEIGHTS_TRIED; at++) {
    const index = takeSlot(context, 'tasks', at, weight);
    if (index === undefined) continue;
    return holdSlot(context, { height: at, index }, { ...timer, weight });
  }
  return undefined;
}

function holdSlot(context: BlockContext, slot: TimerSlot, timer: Omit<Timer, 'nextFree'>): TimerSlot {
  context.state.setRecord(stateKeys.timer(slot.height, slot.index), timerCodec, { ...timer, nextFree: 0 });
  countTimers(context, 1);
  return slot;
}

/**
 * Reserves a slot of disputes at `height`, or at the first later one with room. There is one: open disputes hold a few
 * slots each, so that the search ends after as many heights as they fill.
 */
export function scheduleDisputeTimer(
  context: BlockContext,
  height: number,
  timer: Pick<Timer, 'kind' | 'taskId'> & { readonly weight?: number },
): TimerSlot {
  const weight = timer.weight ?? 1;
  assert(height > context.height, 'a timer for a height that has passed');
  let at = height;
  let index = takeSlot(context, 'disputes', at, weight);
  while (index === undefined) index = takeSlot(context, 'disputes', ++at, weight);
  return holdSlot(context, { height: at, index }, { ...timer, weight });
}

/**
 * Takes a timer back; one that has run already stays as it is. Its slot becomes free, else an account that submits and cancels
 * could fill a height for the price of admission and have honest results refused.
 */
export function cancelTimer(context: BlockContext, slot: TimerSlot): void {
  if (slot.height === NO_TIMER.height) return;
  const key = stateKeys.timer(slot.height, slot.index);
  const timer = readRecord(context.state, key, timerCodec);
  if (timer === undefined) return;
  assert(timer.kind !== TimerKind.free, 'a timer is taken back twice');
  const lane = laneOfSlot(slot.index);
  const { used, weight, firstFree } = readHeight(context, lane, slot.height);
  context.state.setRecord(key, timerCodec, {
    kind: TimerKind.free,
    taskId: '',
    weight: 0,
    nextFree: firstFree,
  });
  context.state.setRecord(heightKeyOf(lane, slot.height), timerHeightCodec, {
    used,
    weight: weight - timer.weight,
    firstFree: slot.index - firstSlot(lane) + 1,
  });
  countTimers(context, -1);
}

/**
 * Runs every timer of this height in slot order, those of tasks first: at most timerSlots of weight, and
 * disputeTimerSlots. One may take back those that follow.
 */
export function runTimers(context: BlockContext, run: (timer: Timer) => void): void {
  runLane(context, 'tasks', run);
  runLane(context, 'disputes', run);
}

function runLane(context: BlockContext, lane: TimerLane, run: (timer: Timer) => void): void {
  const { state, height } = context;
  const { used } = readHeight(context, lane, height);
  const first = firstSlot(lane);
  for (let index = first; index < first + used; index++) {
    const key = stateKeys.timer(height, index);
    const timer = readRecord(state, key, timerCodec);
    assert(timer !== undefined, 'a timer slot without its record');
    state.delete(key);
    if (timer.kind === TimerKind.free) continue;
    countTimers(context, -1);
    run(timer);
  }
  if (used > 0) state.delete(heightKeyOf(lane, height));
}
