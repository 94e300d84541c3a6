import { expect, it } from 'vitest';
import { followGames } from '../../src/network/follow-games.ts';
import { GAME_TURN } from '../../src/network/game-turn.ts';
import type { Game, TaskFacts, Trial, WorkerNode } from '../../src/worker-node.ts';

it('hands over no trial that is older than its games, when the commitment comes between two reads', async () => {
  const stop = new AbortController();
  let isCommitted = false;
  const trial = (): Trial => ({ playing: [0], traceBytes: isCommitted ? 384 : 0 }) as unknown as Trial;
  const node = {
    getHeight: async () => 1,
    listDisputedTasks: async function* () {
      yield { id: 't', checkClass: 'int8-graph' } as TaskFacts;
    },
    proveTrial: async () => trial(),
    proveGame: async () => {
      isCommitted = true;
      return { taskId: 't', number: 0, turn: GAME_TURN.challenger } as unknown as Game;
    },
  } as unknown as WorkerNode;
  const seen: number[] = [];
  await followGames(
    { node, pollMs: 1, retry: { signal: stop.signal, onRetry: () => undefined } },
    ({ trial: { traceBytes } }) => {
      seen.push(Number(traceBytes));
      stop.abort();
    },
  );
  expect(seen).toEqual([384]);
});
