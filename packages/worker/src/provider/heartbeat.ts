import { sleep } from '../backoff.ts';
import { retryTransient } from '../transient.ts';
import type { ProviderRun } from './run-provider.ts';

/**
 * Says that the provider is there whenever `heartbeatBlocks` more blocks were accepted. A chain that stands still
 * needs no heartbeats and gets none.
 */
export async function sendHeartbeats(run: ProviderRun, signal: AbortSignal): Promise<void> {
  const { identity, node, sender, report } = run;
  const retry = { ...run.retry, signal };
  const chain = await retryTransient(() => node.getChain(), retry);
  if (chain === undefined) return;
  let lastHeight = -chain.heartbeatBlocks;
  while (!signal.aborted) {
    const height = await retryTransient(() => node.getHeight(), retry);
    if (height === undefined) return;
    if (height >= lastHeight + chain.heartbeatBlocks) {
      const sent = await retryTransient(
        () => sender.send({ kind: 'heartbeat', id: identity.id }, { signal }),
        retry,
      );
      if (sent === undefined) return;
      lastHeight = sent.height;
      report({ kind: 'heartbeat', provider: identity.id, height: sent.height });
    }
    await sleep(run.pollMs, signal);
  }
}
