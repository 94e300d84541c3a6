import { type Panel, PanelKind, type PanelTimers } from '../../state/records/panel.ts';
import { NO_TIMER, type TimerSlot } from '../../state/records/task.ts';
import { TimerKind } from '../../state/records/timer.ts';
import type { BlockContext } from '../context/block-context.ts';
import { longestPanelBlocks, taskTimeoutBlocks } from '../context/durations.ts';
import { cancelTimer, scheduleDisputeTimer, scheduleTimer } from '../tasks/timers.ts';

type Step = keyof PanelTimers;

const STEPS: readonly Step[] = ['draw', 'commit', 'redraw', 'recommit', 'reveal'];

const KINDS: Readonly<Record<Step, TimerKind>> = {
  draw: TimerKind.drawEnd,
  commit: TimerKind.commitEnd,
  redraw: TimerKind.drawEnd,
  recommit: TimerKind.commitEnd,
  reveal: TimerKind.revealEnd,
};

/** No timer of a panel runs. */
export const NO_PANEL_TIMERS: PanelTimers = {
  draw: NO_TIMER,
  commit: NO_TIMER,
  redraw: NO_TIMER,
  recommit: NO_TIMER,
  reveal: NO_TIMER,
};

type TimedPanel = Pick<Panel, 'taskId' | 'kind' | 'n'>;

/** A committee has the slots of disputes, which are never refused. */
function schedule(context: BlockContext, panel: TimedPanel, step: Step, at: number): TimerSlot | undefined {
  const timer = { kind: KINDS[step], taskId: panel.taskId, weight: panel.n };
  return panel.kind === PanelKind.committee
    ? scheduleDisputeTimer(context, at, timer)
    : scheduleTimer(context, at, timer);
}

/**
 * Reserves the timers of both rounds at once, each behind the latest end of the step before, so that every step can always
 * start the next one.
 * @returns undefined, with nothing reserved, where a redundant task would take longer than the longest panel.
 */
export function reservePanelTimers(context: BlockContext, panel: TimedPanel): PanelTimers | undefined {
  const { config, params, height } = context;
  const draw = panel.n + params.drawSlackBlocks;
  const commit = taskTimeoutBlocks(config, params);
  const blocks = { draw, commit, redraw: draw, recommit: commit, reveal: params.revealBlocks };
  let timers = NO_PANEL_TIMERS;
  let at = height;
  for (const step of STEPS) {
    const slot = schedule(context, panel, step, at + blocks[step]);
    if (slot === undefined) {
      cancelPanelTimers(context, timers);
      return undefined;
    }
    timers = { ...timers, [step]: slot };
    at = slot.height;
  }
  const isTooLong = at - height > longestPanelBlocks(config, params, panel.n);
  if (panel.kind === PanelKind.committee || !isTooLong) return timers;
  cancelPanelTimers(context, timers);
  return undefined;
}

/** Takes back every timer of a panel that has not run. */
export function cancelPanelTimers(context: BlockContext, timers: PanelTimers): void {
  for (const step of STEPS) cancelTimer(context, timers[step]);
}

/** Takes back the timers of these steps. @returns those that stay */
export function cancelSteps(context: BlockContext, timers: PanelTimers, steps: readonly Step[]): PanelTimers {
  for (const step of steps) cancelTimer(context, timers[step]);
  return { ...timers, ...Object.fromEntries(steps.map((step) => [step, NO_TIMER])) };
}

/** Moves a step's timer to `at` where that is sooner and a slot is free there; else the reserved one stays. */
export function hasten(
  context: BlockContext,
  panel: TimedPanel & Pick<Panel, 'timers'>,
  step: Step,
  at: number,
): PanelTimers {
  const { timers } = panel;
  const reserved = timers[step];
  if (at >= reserved.height) return timers;
  const sooner = schedule(context, panel, step, at);
  if (sooner === undefined) return timers;
  const isSooner = sooner.height < reserved.height;
  cancelTimer(context, isSooner ? reserved : sooner);
  return isSooner ? { ...timers, [step]: sooner } : timers;
}

/** The steps of the round that a panel is in. */
export const stepsOf = ({ round }: Pick<Panel, 'round'>): { readonly draw: Step; readonly commit: Step } =>
  round === 0 ? { draw: 'draw', commit: 'commit' } : { draw: 'redraw', commit: 'recommit' };
