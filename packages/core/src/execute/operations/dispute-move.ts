import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import { parseMove } from '../../network/index.ts';
import { requireTask } from '../../state/read.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import type { BlockContext } from '../context/block-context.ts';
import { dropResult, isConvicted } from '../disputes/bisection/end-trial.ts';
import { commitTrace, judgeElement, pointAtNode, revealNodes } from '../disputes/bisection/moves.ts';
import { requireGame, requireTrial } from '../disputes/bisection/trial-store.ts';
import { isConvictedInThisBlock } from '../disputes/proofs.ts';

/**
 * A move of a game about the trace of a result. One that does not fit is refused, and the clock runs on. About a result of
 * a provider that an earlier block convicted, any move ends the games at once, with their stakes back: nobody has to wait
 * for clocks of games that are about nothing.
 */
export function processDisputeMove(
  context: BlockContext,
  sender: Uint8Array,
  operation: OperationOf<'disputeMove'>,
): void {
  const task = requireTask(context.state, operation.taskId);
  const move = parseMove(operation.move, operation.body);
  const trial = requireTrial(context, task.id);
  if (isConvicted(context, trial.provider)) {
    if (!isConvictedInThisBlock(context, trial.provider)) {
      dropResult(context, task);
      return;
    }
    requireThat(
      move.move === 'witness',
      'provider_slashed',
      () => `provider "${trial.provider}" was convicted in this block; only a witness of the same is taken`,
    );
  }
  const place = { task, trial, sender };
  if (move.move === 'join')
    throw new AivmError(
      'not_supported',
      'join: only the members of a panel join a trace, and no network has panels',
    );
  if (move.move === 'commit') {
    requireThat(
      operation.game === 0,
      'malformed',
      () => `game: ${operation.game}; a commitment is for all, 0`,
    );
    commitTrace(context, place, move);
    return;
  }
  const game = requireGame(context, trial, operation.game);
  if (move.move === 'point') pointAtNode(context, place, game, move);
  else if (move.move === 'reveal') revealNodes(context, place, game, move);
  else judgeElement(context, place, game, move);
}
