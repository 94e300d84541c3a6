import { stateKeys } from '../../../state/keys.ts';
import { readChain } from '../../../state/read.ts';
import { NO_TIMER } from '../../../state/records/task.ts';
import { TimerKind } from '../../../state/records/timer.ts';
import { type Game, GameTurn, type Trial } from '../../../state/records/trial.ts';
import { type BlockContext, updateChain } from '../../context/block-context.ts';
import { workBlocks } from '../../context/durations.ts';
import { cancelTimer, scheduleDisputeTimer } from '../../tasks/timers.ts';
import { listedGame, writeTrial } from './trial-store.ts';

/** Where a clock began, and the chain's count of standing blocks then. */
interface Start {
  readonly since: number;
  readonly stood: number;
}

/** Blocks since `start` in which the clock ran. */
const elapsed = ({ state, height }: BlockContext, { since, stood }: Start): number =>
  height - since - (readChain(state).stood - stood);

/** Blocks that a player may be late by in all of a game about `work`. */
export const fullReserve = ({ params }: BlockContext, { work }: Pick<Trial, 'work'>): number =>
  params.reserveBlocks + workBlocks(params, work);

/** What is left of a reserve after a move in this block. */
export const spendReserve = (context: BlockContext, start: Start, reserve: number): number =>
  Math.max(0, reserve - Math.max(0, elapsed(context, start) - context.params.moveBlocks));

/** A clock that begins in this block. */
export const startClock = ({ state, height }: BlockContext): Start => ({
  since: height,
  stood: readChain(state).stood,
});

const deadline = ({ state, params }: BlockContext, { since, stood }: Start, reserve: number): number =>
  since + params.moveBlocks + reserve + (readChain(state).stood - stood);

/** The last block in which the due move of a game is in time, if no clock stands from now on. */
export const gameDeadline = (context: BlockContext, game: Game): number =>
  deadline(context, game, game.turn === GameTurn.provider ? game.providerReserve : game.challengerReserve);

/** The same for the provider's commitment. */
export const commitDeadline = (context: BlockContext, trial: Trial): number =>
  deadline(context, commitStart(trial), trial.providerReserve);

/** The clock of the provider's commitment. */
export const commitStart = ({ commitDue, commitStood }: Trial): Start => ({
  since: commitDue,
  stood: commitStood,
});

/** The first of a trial's deadlines; undefined where nobody has to move. */
function firstDeadline(context: BlockContext, trial: Trial): number | undefined {
  if (trial.playing.length === 0) return undefined;
  if (!trial.committed) return commitDeadline(context, trial);
  return Math.min(
    ...trial.playing.map((number) => gameDeadline(context, listedGame(context, trial, number))),
  );
}

/**
 * Writes a trial with a timer that comes no later than the block after its first deadline, if that has room, and with
 * none where nobody has to move. One that comes sooner is left: it is set again when it comes.
 */
export function keepTime(context: BlockContext, trial: Trial): void {
  const first = firstDeadline(context, trial);
  const { timer } = trial;
  const isSet = timer.height !== NO_TIMER.height;
  if (first === undefined) {
    cancelTimer(context, timer);
    if (isSet) countTrials(context, -1);
    writeTrial(context, { ...trial, timer: NO_TIMER });
    return;
  }
  const due = Math.max(first, context.height) + 1;
  if (isSet && timer.height <= due) {
    writeTrial(context, trial);
    return;
  }
  cancelTimer(context, timer);
  if (!isSet) countTrials(context, 1);
  const sooner = scheduleDisputeTimer(context, due, { kind: TimerKind.gameClock, taskId: trial.taskId });
  writeTrial(context, { ...trial, timer: sooner });
}

/** A trial whose timer has just run has none. */
export function withoutTimer(context: BlockContext, trial: Trial): Trial {
  countTrials(context, -1);
  return { ...trial, timer: NO_TIMER };
}

/** Takes the records of a trial away; its games are gone already. */
export function removeTrial(context: BlockContext, { taskId, timer }: Trial): void {
  cancelTimer(context, timer);
  if (timer.height !== NO_TIMER.height) countTrials(context, -1);
  context.state.delete(stateKeys.trial(taskId));
}

const countTrials = (context: BlockContext, step: 1 | -1): void =>
  updateChain(context, ({ trialsOpen }) => ({ trialsOpen: trialsOpen + step }));
