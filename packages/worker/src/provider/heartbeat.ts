import { AivmError } from '@aivm/core';
import { sleep } from '../backoff.ts';
import { ALWAYS, retryTransient } from '../transient.ts';
import type { ProviderRun } from './provider-run.ts';

/** The height of the heartbeat; undefined where the last run of this provider was quicker. */
async function beat({ identity, sender }: ProviderRun, signal: AbortSignal): Promise<number | undefined> {
  try {
    return (await sender.send({ kind: 'heartbeat', id: identity.id }, { signal })).height;
  } catch (error) {
    if (error instanceof AivmError && error.code === 'duplicate') return undefined;
    throw error;
  }
}

/**
 * Says that the provider is there whenever `heartbeatBlocks` more blocks were accepted. A chain that stands still
 * needs no heartbeats and gets none.
 */
export async function sendHeartbeats(run: ProviderRun, signal: AbortSignal): Promise<void> {
  const { chain, identity, node, report } = run;
  const retry = { ...run.retry, ...ALWAYS, signal };
  let lastHeight = -chain.heartbeatBlocks;
  while (!signal.aborted) {
    const height = await retryTransient(() => node.getHeight(), retry);
    if (height === undefined) return;
    if (height >= lastHeight + chain.heartbeatBlocks) {
      lastHeight = height;
      const sent = await retryTransient(() => beat(run, signal), retry);
      if (sent !== undefined) report({ kind: 'heartbeat', provider: identity.id, height: sent });
    }
    await sleep(run.pollMs, signal);
  }
}
