import { requireTask } from '../../../state/read.ts';
import type { TaskRecord } from '../../../state/records/task.ts';
import { type Game, GameTurn, type Trial } from '../../../state/records/trial.ts';
import type { BlockContext } from '../../context/block-context.ts';
import { isConvictedInThisBlock } from '../proofs.ts';
import { commitDeadline, gameDeadline, keepTime, withoutTimer } from './clocks.ts';
import { dropResult, isConvicted } from './end-trial.ts';
import { endGame } from './play.ts';
import { listedGame, requireTrial, writeTrial } from './trial-store.ts';

/** A provider that is late pays at most so many stakes to a challenger: it proved nothing. */
const LATE_REWARD_STAKES = 2n;

const isLate = (context: BlockContext, game: Game): boolean =>
  game.turn !== GameTurn.nobody && gameDeadline(context, game) < context.height;

/** Silence is as good as a proof, for a smaller reward and without an opening of the challenger's own trace. */
function convictLate(context: BlockContext, task: TaskRecord, games: readonly Game[]): void {
  for (const game of games)
    endGame(context, task, requireTrial(context, task.id), game, {
      verdict: 'upheld',
      claimRight: true,
      reward: { weight: context.config.minProviderBond, rewardMax: LATE_REWARD_STAKES * game.stake },
    });
}

/** Challengers that are late lose as if they had been proven wrong. The last of them may end the trial. */
function rejectLate(context: BlockContext, taskId: string, games: readonly Game[]): void {
  for (const game of games)
    endGame(context, requireTask(context.state, taskId), requireTrial(context, taskId), game, {
      verdict: 'rejected',
      claimRight: false,
    });
}

/**
 * The timer of a trial: whoever is late by now loses. It may come before a clock has run out, because clocks stand while
 * blocks are full of moves, and is set again then.
 */
export function endClocks(context: BlockContext, task: TaskRecord): void {
  const trial: Trial = withoutTimer(context, requireTrial(context, task.id));
  writeTrial(context, trial);
  if (isConvictedInThisBlock(context, trial.provider)) {
    // Until the block's end others may prove something about this result; the next block drops it otherwise.
    keepTime(context, trial);
    return;
  }
  if (isConvicted(context, trial.provider)) {
    dropResult(context, task);
    return;
  }
  const games = trial.playing.map((number) => listedGame(context, trial, number));
  if (!trial.committed) {
    if (commitDeadline(context, trial) < context.height) convictLate(context, task, games);
    else keepTime(context, trial);
    return;
  }
  const late = games.filter((game) => isLate(context, game));
  const byProvider = late.filter(({ turn }) => turn === GameTurn.provider);
  if (byProvider.length > 0) convictLate(context, task, byProvider);
  else if (late.length > 0) rejectLate(context, task.id, late);
  else keepTime(context, trial);
}
