import { sleep } from '../backoff.ts';
import { ALWAYS, type Retry, retryTransient } from '../transient.ts';
import type { Game, TaskFacts, Trial, WorkerNode } from '../worker-node.ts';

/** A task whose result games are about, with those that are played. */
export interface DisputedTask {
  readonly task: TaskFacts;
  readonly trial: Trial;
  readonly games: readonly Game[];
}

export interface FollowGamesOptions {
  readonly node: WorkerNode;
  /** Only results of this provider. */
  readonly provider?: string;
  /** Pace of asking for the chain's height, milliseconds. */
  readonly pollMs: number;
  readonly retry: Retry;
}

/**
 * Hands over every disputed result of a network, with its games as the state proves them, at every new block. Nothing is
 * remembered between two blocks, so that a player who restarts goes on where the chain stands.
 */
export async function followGames(
  { node, provider, pollMs, retry }: FollowGamesOptions,
  each: (disputed: DisputedTask) => void,
): Promise<void> {
  const { signal } = retry;
  let height = -1;
  while (!signal.aborted) {
    const now = await retryTransient(() => node.getHeight(), { ...retry, ...ALWAYS, signal });
    if (now === undefined) return;
    if (now !== height) {
      height = now;
      await retryTransient(
        async () => {
          const query = provider === undefined ? {} : { provider };
          for await (const task of node.listDisputedTasks(signal, query)) {
            const disputed = await readGames(node, task);
            if (disputed !== undefined) each(disputed);
          }
        },
        { ...retry, ...ALWAYS, signal },
      );
    }
    await sleep(pollMs, signal, retry.clock);
  }
}

/**
 * What the state proves of a disputed result. A block may come between two reads: the trial is read once more behind the
 * games, so that it is never older than a game, which would lack the commitment that the game's turn follows from.
 */
async function readGames(node: WorkerNode, task: TaskFacts): Promise<DisputedTask | undefined> {
  if (task.checkClass !== 'int8-graph') return undefined;
  const listed = await node.proveTrial(task.id);
  if (listed === undefined) return undefined;
  const games: Game[] = [];
  for (const number of listed.playing) {
    const game = await node.proveGame({ taskId: task.id, number });
    if (game !== undefined) games.push(game);
  }
  const trial = await node.proveTrial(task.id);
  return trial && { task, trial, games };
}
