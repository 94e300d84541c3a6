import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { type DisputedTask, followGames } from '../network/follow-games.ts';
import { challengerMove, replayMoves } from '../network/game-moves.ts';
import { GAME_TURN } from '../network/game-turn.ts';
import type { OwnTraces } from '../network/own-traces.ts';
import { InHand, sendMove } from '../network/send-move.ts';
import { rejectionOf } from '../transient.ts';
import type { Game } from '../worker-node.ts';
import { saltOf } from './judge-network-result.ts';
import type { WatcherRun } from './watcher-run.ts';

/** Plays every game of this account until `signal` is aborted: points at the leftmost difference, and shows the witness. */
export async function playGames(run: WatcherRun, traces: OwnTraces, pollMs: number): Promise<void> {
  const inHand = new InHand();
  await followGames({ node: run.node, pollMs, retry: run.retry }, (disputed) => {
    for (const game of disputed.games) {
      if (!equalBytes(game.challenger, run.sender.address)) continue;
      const key = `${game.taskId}|${game.number}`;
      if (run.convicted.has(disputed.trial.provider)) inHand.begin(key, () => endGames(game, run));
      else if (game.turn === GAME_TURN.challenger) inHand.begin(key, () => play(disputed, game, traces, run));
    }
  });
  await inHand.settled();
}

/** The provider was convicted over something else: any move ends the games about its results and brings the stakes back. */
async function endGames(
  { taskId, number }: Game,
  { node, report, retry, sender }: WatcherRun,
): Promise<void> {
  const isDue = async (): Promise<boolean> => (await node.proveGame({ taskId, number })) !== undefined;
  try {
    const move = { move: 'point', index: 0 } as const;
    const moved = await sendMove({ taskId, game: number, move, isDue }, sender, retry);
    if (moved !== undefined) report(moved);
  } catch (error) {
    if (retry.signal.aborted) return;
    const { code, detail } = rejectionOf(error);
    report({ kind: 'stumbled', taskId, code, detail });
  }
}

async function play(
  { task, trial }: DisputedTask,
  game: Game,
  traces: OwnTraces,
  run: WatcherRun,
): Promise<void> {
  const { node, report, retry, sender } = run;
  const { taskId, number, level, index } = game;
  try {
    const proven = await node.proveTask(taskId);
    if (proven === undefined || !equalBytes(namedHash('Output', task.output), proven.outputHash)) return;
    const bound = { ...task, ...proven };
    const shown = replayMoves(trial, game, await node.getGameMoves(taskId, trial.openedAtHeight));
    const move = challengerMove(await traces.get(bound, retry.signal), shown, { salt: saltOf(bound, run) });
    if (move === undefined) {
      report({ kind: 'conceded', taskId, game: number });
      return;
    }
    const isDue = async (): Promise<boolean> => {
      const now = await node.proveGame({ taskId, number });
      return now?.turn === GAME_TURN.challenger && now.level === level && now.index === index;
    };
    const moved = await sendMove({ taskId, game: number, move, isDue }, sender, retry);
    if (moved !== undefined) report(moved);
  } catch (error) {
    if (retry.signal.aborted) return;
    const { code, detail } = rejectionOf(error);
    report({ kind: 'stumbled', taskId, code, detail });
  }
}
