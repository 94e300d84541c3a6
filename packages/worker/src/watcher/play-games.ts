import { equalBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import type { Move } from '@aivm/core/network';
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
      const isOver = run.convicted.has(disputed.trial.provider);
      if (!isOver && game.turn !== GAME_TURN.challenger) continue;
      inHand.begin(`${game.taskId}|${game.number}`, () => takeTurn(disputed, game, traces, run));
    }
  });
  await inHand.settled();
}

/** Ends a game about a convicted provider, or makes the move that is due in it. Reports what goes wrong. */
async function takeTurn(
  disputed: DisputedTask,
  game: Game,
  traces: OwnTraces,
  run: WatcherRun,
): Promise<void> {
  try {
    if (await isConvicted(disputed.trial.provider, run)) await endGames(game, run);
    else if (game.turn === GAME_TURN.challenger) await play(disputed, game, traces, run);
  } catch (error) {
    if (run.retry.signal.aborted) return;
    const { code, detail } = rejectionOf(error);
    run.report({ kind: 'stumbled', taskId: game.taskId, code, detail });
  }
}

/**
 * Whether the state proves what an event said. A node that only says so would have a challenger point at the first node
 * of a game that goes on, and lose it.
 */
const isConvicted = async (provider: string, { convicted, node }: WatcherRun): Promise<boolean> =>
  convicted.has(provider) && (await node.proveProvider(provider))?.status === 'slashed';

/** Sends a move while `isDue` says so of the game as the state proves it, and reports what became of it. */
async function sendWhileDue(
  { taskId, number: game }: Game,
  move: Move,
  isDue: (now: Game) => boolean,
  { node, report, retry, sender }: WatcherRun,
): Promise<void> {
  const isStillDue = async (): Promise<boolean> => {
    const now = await node.proveGame({ taskId, number: game });
    return now !== undefined && isDue(now);
  };
  const moved = await sendMove({ taskId, game, move, isDue: isStillDue }, sender, retry);
  if (moved !== undefined) report(moved);
}

/** Another result convicted the provider: any move ends the games about this one and brings their stakes back. */
const endGames = (game: Game, run: WatcherRun): Promise<void> =>
  sendWhileDue(game, { move: 'point', index: 0 }, () => true, run);

async function play(
  { task, trial }: DisputedTask,
  game: Game,
  traces: OwnTraces,
  run: WatcherRun,
): Promise<void> {
  const { node, report, retry } = run;
  const { taskId, number, level, index } = game;
  const proven = await node.proveTask(taskId);
  if (proven === undefined || !equalBytes(namedHash('Output', task.output), proven.outputHash)) return;
  const bound = { ...task, ...proven };
  const shown = replayMoves(trial, game, await node.getGameMoves(taskId, trial.openedAtHeight));
  const move = challengerMove(await traces.get(bound, retry.signal), shown, { salt: saltOf(bound, run) });
  if (move === undefined) {
    report({ kind: 'conceded', taskId, game: number });
    return;
  }
  const isDue = (now: Game): boolean =>
    now.turn === GAME_TURN.challenger && now.level === level && now.index === index;
  await sendWhileDue(game, move, isDue, run);
}
