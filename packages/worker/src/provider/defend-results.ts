import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { type DisputedTask, followGames } from '../network/follow-games.ts';
import { commitMove, revealMove } from '../network/game-moves.ts';
import { GAME_TURN } from '../network/game-turn.ts';
import type { OwnTraces } from '../network/own-traces.ts';
import { type DueMove, InHand, sendMove } from '../network/send-move.ts';
import { rejectionOf } from '../transient.ts';
import type { Game } from '../worker-node.ts';
import { type BoundTask, bindTask } from './bind-task.ts';
import type { ProviderRun } from './provider-run.ts';

/**
 * Answers every challenge of this provider's results until `signal` is aborted: commits to the trace of the posted text and
 * reveals what challengers point at. All games about one result share one trace.
 */
export async function defendResults(run: ProviderRun, traces: OwnTraces, signal: AbortSignal): Promise<void> {
  const inHand = new InHand();
  const { id: provider } = run.identity;
  const retry = { ...run.retry, signal };
  await followGames(
    { node: run.node, provider, pollMs: Math.min(run.pollMs, run.gamePollMs), retry },
    (disputed) => {
      if (disputed.trial.provider !== provider) return;
      for (const { key, prepare } of dueMoves(disputed, run, traces))
        inHand.begin(key, () => play(disputed, prepare, run, signal));
    },
  );
  await inHand.settled();
}

type Prepare = (task: BoundTask, signal: AbortSignal) => Promise<DueMove>;

/** What the chain waits for from this provider about one result. */
function dueMoves(
  { task: { id: taskId }, trial, games }: DisputedTask,
  run: ProviderRun,
  traces: OwnTraces,
): readonly { readonly key: string; readonly prepare: Prepare }[] {
  if (!trial.committed) {
    const isDue = async (): Promise<boolean> => {
      const now = await run.node.proveTrial(taskId);
      return now !== undefined && !now.committed && now.attempt === trial.attempt;
    };
    const prepare: Prepare = async (task, signal) => ({
      ...{ taskId, game: 0, isDue },
      move: commitMove(await traces.get(task, signal)),
    });
    return [{ key: `${taskId}|commit`, prepare }];
  }
  return games
    .filter(({ turn }) => turn === GAME_TURN.provider)
    .map((game) => ({
      key: `${taskId}|${game.number}`,
      prepare: async (task, signal) => ({
        ...{ taskId, game: game.number, isDue: () => isPointed(game, run) },
        move: revealMove(await traces.get(task, signal), game),
      }),
    }));
}

/** Whether the challenger still waits for what is below the node that it pointed at. */
async function isPointed(
  { taskId, number, pointedLevel, pointed }: Game,
  run: ProviderRun,
): Promise<boolean> {
  const now = await run.node.proveGame({ taskId, number });
  return now?.turn === GAME_TURN.provider && now.pointedLevel === pointedLevel && now.pointed === pointed;
}

async function play(
  { task: listed }: DisputedTask,
  prepare: Prepare,
  run: ProviderRun,
  signal: AbortSignal,
): Promise<void> {
  const { identity, report } = run;
  try {
    const task = await bindTask(listed, (now) => now.provider === identity.id, run, signal);
    if (task === undefined || !equalBytes(namedHash('Output', task.output), task.outputHash)) return;
    const moved = await sendMove(await prepare(task, signal), run.sender, { ...run.retry, signal });
    if (moved !== undefined) report({ ...moved, provider: identity.id });
  } catch (error) {
    if (signal.aborted) return;
    const { code, detail } = rejectionOf(error);
    report({ kind: 'stumbled', provider: identity.id, taskId: listed.id, code, detail });
  }
}
