import { AivmError } from '@aivm/core/errors';
import { expect, it } from 'vitest';
import { sendHeartbeats } from '../../src/provider/heartbeat.ts';
import type { ProviderEvent } from '../../src/provider/provider-event.ts';
import type { ProviderRun } from '../../src/provider/provider-run.ts';

/** Runs heartbeats over periods of one block, on a chain whose least bond is 100; `refused` says in which of them another program was quicker. */
async function beats(refused: readonly boolean[], bond = 25n): Promise<readonly ProviderEvent['kind'][]> {
  const stop = new AbortController();
  const events: ProviderEvent['kind'][] = [];
  let height = 0;
  const run = {
    chain: { heartbeatBlocks: 1, minProviderBond: 100n },
    identity: { id: 'p' },
    pollMs: 1,
    node: {
      getHeight: async () => height,
      proveHeight: async () => height,
      proveProvider: async () => ({ bond }),
    },
    sender: {
      send: async () => {
        const isRefused = refused[height++];
        if (height >= refused.length) stop.abort();
        if (isRefused) throw new AivmError('duplicate', 'heartbeat: sent in this period');
        return { height };
      },
    },
    report: ({ kind }: ProviderEvent) => events.push(kind),
    retry: { signal: stop.signal, onRetry: () => undefined },
  } as unknown as ProviderRun;
  await sendHeartbeats(run, stop.signal);
  return events;
}

it('reports a second program once, when it was quicker in two periods in a row', async () => {
  expect(await beats([true, true, true, true])).toEqual(['contended']);
});

it('takes one heartbeat that was there for that of an earlier run', async () => {
  expect(await beats([true, false, true, false])).toEqual(['heartbeat', 'heartbeat']);
});

it('says after a heartbeat that penalties left too little of the bond for any work', async () => {
  // The run ends with the second heartbeat.
  expect(await beats([false, false], 24n)).toEqual(['heartbeat', 'underbonded', 'heartbeat']);
});
