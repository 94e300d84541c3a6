import { AivmError } from '@aivm/core/errors';
import { sleep } from '../backoff.ts';
import { ALWAYS, isTransient, retryTransient } from '../transient.ts';
import type { ProviderRun } from './provider-run.ts';

/** Whether the state proves that the provider never works again: a refusal alone is the node's word. */
async function hasEnded({ identity, node, retry }: ProviderRun, signal: AbortSignal): Promise<boolean> {
  const read = () => node.proveProvider(identity.id);
  const provider = await retryTransient(read, { ...retry, ...ALWAYS, signal });
  return provider?.status === 'slashed' || provider?.status === 'withdrawn';
}

/** Heartbeats in a row that another sender was quicker with, until this says something: one may be an earlier run's. */
const FOREIGN_BEATS = 2;

/** The height of the heartbeat; `foreign` if this period has one already; undefined if the node refused it. */
async function beat(run: ProviderRun, signal: AbortSignal): Promise<number | 'foreign' | undefined> {
  const { identity, sender, report } = run;
  try {
    return (await sender.send({ kind: 'heartbeat', id: identity.id }, { signal })).height;
  } catch (error) {
    if (error instanceof AivmError && error.code === 'duplicate') return 'foreign';
    if (isTransient(error) || !(error instanceof AivmError)) throw error;
    report({ kind: 'retrying', provider: identity.id, code: error.code, detail: error.detail });
    if (await hasEnded(run, signal)) throw error;
    return undefined;
  }
}

/** A provider with less than this part of minProviderBond is given no work. */
const LEAST_BOND_PART = 4n;

/** Says so while the state proves that the bond is too small for any work: otherwise it would wait in silence. */
async function checkBond({ chain, identity, node, report, retry }: ProviderRun, signal: AbortSignal) {
  const read = () => node.proveProvider(identity.id);
  const provider = await retryTransient(read, { ...retry, ...ALWAYS, signal });
  const least = (chain.minProviderBond + LEAST_BOND_PART - 1n) / LEAST_BOND_PART;
  if (provider === undefined || provider.bond >= least) return;
  report({ kind: 'underbonded', provider: identity.id, bond: provider.bond, least });
}

/**
 * Says that the provider is there once in every period of `heartbeatBlocks` blocks. The node's word for the height only
 * says when to look: what is not proven costs no fee. A chain that stands still needs no heartbeats and gets none.
 */
export async function sendHeartbeats(run: ProviderRun, signal: AbortSignal): Promise<void> {
  const { chain, identity, node, report } = run;
  const retry = { ...run.retry, ...ALWAYS, signal };
  const periodOf = (height: number): number => Math.floor(height / chain.heartbeatBlocks);
  let lastPeriod = -1;
  let foreign = 0;
  while (!signal.aborted) {
    const said = await retryTransient(() => node.getHeight(), retry);
    if (said === undefined) return;
    const height =
      periodOf(said) > lastPeriod ? await retryTransient(() => node.proveHeight(), retry) : undefined;
    if (height !== undefined && periodOf(height) > lastPeriod) {
      lastPeriod = periodOf(height);
      const sent = await retryTransient(() => beat(run, signal), { ...run.retry, signal });
      foreign = sent === 'foreign' ? foreign + 1 : 0;
      if (foreign === FOREIGN_BEATS) report({ kind: 'contended', provider: identity.id });
      if (typeof sent === 'number') report({ kind: 'heartbeat', provider: identity.id, height: sent });
      if (sent !== undefined) await checkBond(run, signal);
    }
    await sleep(run.pollMs, signal, run.retry.clock);
  }
}
