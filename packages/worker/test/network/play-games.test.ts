import type { OperationOf } from '@aivm/core/tx';
import { expect, it } from 'vitest';
import { GAME_TURN } from '../../src/network/game-turn.ts';
import type { OwnTraces } from '../../src/network/own-traces.ts';
import { playGames } from '../../src/watcher/play-games.ts';
import type { WatcherRun } from '../../src/watcher/watcher-run.ts';
import type { Game, TaskFacts, Trial } from '../../src/worker-node.ts';

const ME = new Uint8Array(20).fill(7);

/** Moves that a watcher sends in one game, about a provider that an event said to be convicted. */
async function movesAbout(status: 'active' | 'slashed', turn: number): Promise<readonly number[]> {
  const stop = new AbortController();
  const moves: number[] = [];
  let height = 0;
  const run = {
    node: {
      getHeight: async () => {
        if (++height > 3) stop.abort();
        return height;
      },
      listDisputedTasks: async function* () {
        yield { id: 't', checkClass: 'int8-graph' } as TaskFacts;
      },
      proveTrial: async () => ({ provider: 'p', playing: [0] }) as unknown as Trial,
      proveGame: async () => ({ taskId: 't', number: 0, turn, challenger: ME }) as unknown as Game,
      proveProvider: async () => ({ status }),
      // The proof of the task is what a move of the game itself begins with.
      proveTask: async () => undefined,
    },
    sender: {
      address: ME,
      send: async (operation: OperationOf<'disputeMove'>) => {
        moves.push(operation.move);
        return { height };
      },
    },
    convicted: new Set(['p']),
    report: () => undefined,
    retry: { signal: stop.signal, onRetry: () => undefined },
  } as unknown as WatcherRun;
  await playGames(run, {} as OwnTraces, 1);
  return moves;
}

it.each([
  ['its own', GAME_TURN.challenger],
  ["the provider's", GAME_TURN.provider],
])('ends a game about a convicted provider, whose turn is %s', async (_, turn) => {
  expect((await movesAbout('slashed', turn)).slice(0, 1)).toEqual([1]);
});

it.each([
  ['its own', GAME_TURN.challenger],
  ["the provider's", GAME_TURN.provider],
])('sends no such move on the word of a node alone, whose turn is %s', async (_, turn) => {
  expect(await movesAbout('active', turn)).toEqual([]);
});
