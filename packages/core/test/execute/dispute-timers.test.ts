import { stateKeys } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import type { BlockContext } from '../../src/execute/context/block-context.ts';
import { scheduleDisputeTimer, scheduleTimer } from '../../src/execute/tasks/timers.ts';
import { TimerKind, timerHeightCodec } from '../../src/state/records/timer.ts';
import { TestChain } from './test-chain.ts';

const FULL_HEIGHTS = 200;
const timer = { kind: TimerKind.gameClock, taskId: 't' };

/** A block behind which so many heights have no slot left, of tasks or of disputes. */
function fill(lane: 'tasks' | 'disputes'): BlockContext {
  const chain = new TestChain();
  const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
  const { timerSlots, disputeTimerSlots } = context.params;
  const [keyOf, slots] =
    lane === 'tasks'
      ? ([stateKeys.timerHeight, timerSlots] as const)
      : ([stateKeys.disputeTimerHeight, disputeTimerSlots] as const);
  for (let i = 1; i <= FULL_HEIGHTS; i++)
    context.state.setRecord(keyOf(context.height + i), timerHeightCodec, {
      used: slots,
      weight: slots,
      firstFree: 0,
    });
  return context;
}

describe('the timers of disputes', () => {
  it('do not share the slots of tasks: nobody refuses a challenge by filling heights with deadlines', () => {
    const context = fill('tasks');
    expect(scheduleTimer(context, context.height + 1, timer)).toBeUndefined();
    expect(scheduleDisputeTimer(context, context.height + 1, timer).height).toBe(context.height + 1);
  });

  it('take the first later height with room where their own are full, however many are', () => {
    const context = fill('disputes');
    expect(scheduleDisputeTimer(context, context.height + 1, timer).height).toBe(
      context.height + FULL_HEIGHTS + 1,
    );
    expect(scheduleTimer(context, context.height + 1, timer)?.height).toBe(context.height + 1);
  });
});
