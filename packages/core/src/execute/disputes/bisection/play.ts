import { stateKeys } from '../../../state/keys.ts';
import { NO_TIMER, Settlement, type TaskRecord } from '../../../state/records/task.ts';
import { type Game, GameTurn, type Trial } from '../../../state/records/trial.ts';
import { type BlockContext, emitTask, writeTask } from '../../context/block-context.ts';
import { isConvictedInThisBlock } from '../proofs.ts';
import { announceVerdict, type Finding, payVerdict } from '../verdict.ts';
import { fullReserve, keepTime, startClock } from './clocks.ts';
import { endTrial } from './end-trial.ts';
import { listedGame, openCount, topOfTrial, writeGame, writeTrial } from './trial-store.ts';

/** Lets the challenger of a game begin below the top of the committed trace. */
export function startGame(context: BlockContext, trial: Trial, game: Game, providerReserve: number): void {
  writeGame(context, {
    ...game,
    ...topOfTrial(trial),
    ...startClock(context),
    turn: GameTurn.challenger,
    challengerReserve: fullReserve(context, trial),
    providerReserve,
  });
}

/** A trial whose game `number` is over; the one that waits longest has its place. */
function withoutGame(context: BlockContext, trial: Trial, number: number): Trial {
  const playing = trial.playing.filter((one) => one !== number);
  const { nextWaiting, challenges, committed } = trial;
  if (nextWaiting >= challenges) return { ...trial, playing };
  if (committed)
    startGame(context, trial, listedGame(context, trial, nextWaiting), fullReserve(context, trial));
  return { ...trial, playing: [...playing, nextWaiting], nextWaiting: nextWaiting + 1 };
}

/** What follows for the result when games about it have ended. */
function settleResult(context: BlockContext, task: TaskRecord, trial: Trial): void {
  keepTime(context, trial);
  if (openCount(trial) > 0) return;
  if (task.stepTimer.height === NO_TIMER.height) {
    endTrial(context, task);
    return;
  }
  const posted: TaskRecord = { ...task, settlement: Settlement.posted };
  writeTask(context, posted);
  emitTask(context, posted, 'defended');
}

/**
 * Ends a game with what was found, pays its stake, and gives its place to the next one. Where this block has convicted
 * the provider, the others may still prove the same until its end, and nothing new begins.
 */
export function endGame(
  context: BlockContext,
  task: TaskRecord,
  trial: Trial,
  game: Game,
  finding: Omit<Finding, 'isProof' | 'members'>,
): void {
  const { challenger, stake, number } = game;
  const paid = { challenger, bond: stake, prepaid: 0n, game: number };
  const found: Finding = { ...finding, isProof: true, members: [] };
  announceVerdict(context, task, paid, found);
  context.state.delete(stateKeys.game(task.id, number));
  payVerdict(context, task, paid, found);
  if (isConvictedInThisBlock(context, trial.provider)) {
    const playing = trial.playing.filter((one) => one !== number);
    writeTrial(context, { ...trial, playing });
    return;
  }
  settleResult(context, task, withoutGame(context, trial, number));
}
