import { stateKeys } from '../../../state/keys.ts';
import { readTrial, requireProvider } from '../../../state/read.ts';
import { ProviderStatus } from '../../../state/records/provider.ts';
import { NO_TIMER, type TaskRecord } from '../../../state/records/task.ts';
import { type BlockContext, writeTask } from '../../context/block-context.ts';
import { credit } from '../../economy/money.ts';
import { refundAttempt } from '../../settlement/attempt.ts';
import { finalizeTask, voidResult } from '../../settlement/optimistic.ts';
import { endObligation } from '../../tasks/obligations.ts';
import { announceVerdict } from '../verdict.ts';
import { removeTrial } from './clocks.ts';
import { listedGame, openCount, openGames } from './trial-store.ts';

/** Ends every game about a task's result, if there are any, with the stakes back: what they are about has fallen. */
export function dissolveTrial(context: BlockContext, task: TaskRecord): void {
  const trial = readTrial(context.state, task.id);
  if (trial === undefined) return;
  for (const number of openGames(trial)) {
    const { challenger, stake } = listedGame(context, trial, number);
    const nothing = { verdict: 'undecided', claimRight: false, isProof: true, members: [] } as const;
    announceVerdict(context, task, { challenger, bond: stake, prepaid: 0n, game: number }, nothing);
    credit(context, challenger, stake);
    context.state.delete(stateKeys.game(task.id, number));
  }
  removeTrial(context, trial);
}

/** The provider was convicted in an earlier block: its result falls, and games about it end with the stakes back. */
export function dropResult(context: BlockContext, task: TaskRecord): void {
  dissolveTrial(context, task);
  voidResult(context, task, 'provider_slashed');
}

/** Whether a conviction of another block has settled what the games of this result are about. */
export const isConvicted = ({ state }: BlockContext, providerId: string): boolean =>
  requireProvider(state, providerId).status === ProviderStatus.slashed;

/**
 * The window is over and no game is open: the result is final. One that a challenger found no place to dispute is void
 * instead, and nobody is found wrong.
 */
export function endTrial(context: BlockContext, task: TaskRecord): void {
  const isMarked = readTrial(context.state, task.id)?.marked === true;
  dissolveTrial(context, task);
  if (!isMarked) {
    finalizeTask(context, task);
    return;
  }
  endObligation(context, task, { failed: false });
  refundAttempt(context, task, 'undecided', 'undecided');
}

/** The window of a result that was challenged ends: the result waits for the games that are still open. */
export function endTrialWindow(context: BlockContext, task: TaskRecord): void {
  const waiting: TaskRecord = { ...task, stepTimer: NO_TIMER };
  const trial = readTrial(context.state, task.id);
  if (isConvicted(context, task.assignedTo)) dropResult(context, waiting);
  else if (trial === undefined || openCount(trial) === 0) endTrial(context, waiting);
  else writeTask(context, waiting);
}
