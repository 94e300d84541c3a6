import { stateKeys } from '../state/keys.ts';
import { readRecord } from '../state/read.ts';
import { NO_TIMER, type TimerSlot } from '../state/records/task.ts';
import { type Timer, timerCodec, timerHeightCodec } from '../state/records/timer.ts';
import { type BlockContext, updateChain } from './block-context.ts';

/** A timer whose height is full goes to the next of at most this many heights that has room. */
const HEIGHTS_TRIED = 64;

/**
 * Reserves the first free slot at `height` or shortly after. The slot's height is the deadline that operations compare
 * with. Cost: at most 64 reads.
 * @returns undefined when every height tried is full.
 */
export function scheduleTimer(context: BlockContext, height: number, timer: Timer): TimerSlot | undefined {
  const { state, params } = context;
  for (let at = height; at < height + HEIGHTS_TRIED; at++) {
    const used = readRecord(state, stateKeys.timerHeight(at), timerHeightCodec)?.used ?? 0;
    if (used >= params.timerSlots) continue;
    state.setRecord(stateKeys.timerHeight(at), timerHeightCodec, { used: used + 1 });
    state.setRecord(stateKeys.timer(at, used), timerCodec, timer);
    updateChain(context, (chain) => ({ timersPending: chain.timersPending + 1 }));
    return { height: at, index: used };
  }
  return undefined;
}

/** Takes a timer back. Its slot is not given to another, so that indexes stay what they are. */
export function cancelTimer(context: BlockContext, slot: TimerSlot): void {
  if (slot.height === NO_TIMER.height) return;
  const key = stateKeys.timer(slot.height, slot.index);
  if (context.state.get(key) === undefined) return;
  context.state.delete(key);
  updateChain(context, (chain) => ({ timersPending: chain.timersPending - 1 }));
}

/** Runs every timer of this height in slot order: at most timerSlots of them. */
export function runTimers(context: BlockContext, run: (timer: Timer) => void): void {
  const { state, height } = context;
  const used = readRecord(state, stateKeys.timerHeight(height), timerHeightCodec)?.used ?? 0;
  for (let index = 0; index < used; index++) {
    const key = stateKeys.timer(height, index);
    const timer = readRecord(state, key, timerCodec);
    if (timer === undefined) continue;
    state.delete(key);
    updateChain(context, (chain) => ({ timersPending: chain.timersPending - 1 }));
    run(timer);
  }
  if (used > 0) state.delete(stateKeys.timerHeight(height));
}
