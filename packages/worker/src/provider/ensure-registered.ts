import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { ALWAYS, retryTransient } from '../transient.ts';
import type { ProviderFacts, ProviderIdentity } from '../worker-node.ts';
import type { ProviderRun } from './provider-run.ts';

/** Refuses to act for a provider that belongs to somebody else or takes no work any more. */
function assertUsable(provider: ProviderFacts, operator: Uint8Array): void {
  if (!equalBytes(provider.operator, operator)) {
    throw new AivmError(
      'forbidden',
      `provider ${provider.id} is operated by 0x${bytesToHex(provider.operator)}, this key is 0x${bytesToHex(operator)}`,
    );
  }
  if (provider.status === 'slashed') throw new AivmError('provider_slashed', `provider ${provider.id}`);
  if (provider.status !== 'active') {
    throw new AivmError('wrong_state', `provider ${provider.id} is ${provider.status}`);
  }
}

const registration = (identity: ProviderIdentity, bond: bigint) =>
  ({
    kind: 'registerProvider',
    id: identity.id,
    walletAddress: identity.wallet,
    endpoint: identity.endpoint,
    gpus: [...identity.gpus],
    models: [...identity.models],
    bond,
  }) as const;

/** The provider once the state proves it; undefined when the run was stopped first. */
function untilProven({ identity, node, retry }: ProviderRun): Promise<ProviderFacts | undefined> {
  const read = async (): Promise<ProviderFacts> => {
    const provider = await node.proveProvider(identity.id);
    if (provider === undefined)
      throw new AivmError('unreachable', 'the registration is not in the state yet');
    return provider;
  };
  return retryTransient(read, { ...retry, ...ALWAYS });
}

/** Registers what the state proves to be unknown; a send that failed may have registered it all the same. */
async function register(run: ProviderRun, bond: bigint): Promise<ProviderFacts | undefined> {
  const { identity, node, sender, report, retry } = run;
  const prove = () => retryTransient(() => node.proveProvider(identity.id), { ...retry, ...ALWAYS });
  const existing = await prove();
  if (existing !== undefined || retry.signal.aborted) return existing;
  try {
    await sender.send(registration(identity, bond), retry);
  } catch (error) {
    const registered = await prove();
    if (registered === undefined) throw error;
    return registered;
  }
  report({ kind: 'registered', provider: identity.id, bond });
  return untilProven(run);
}

/**
 * Registers the provider, or takes up the registration that the chain has, and brings its bond up to `bond`.
 * Resolves to false when the run was stopped first.
 */
export async function ensureRegistered(run: ProviderRun): Promise<boolean> {
  const { identity, sender, report, retry } = run;
  const wanted = run.bond ?? run.chain.minProviderBond;

  const known = await retryTransient(() => register(run, wanted), retry);
  if (known === undefined) return false;
  assertUsable(known, sender.address);
  if (known.bond >= wanted) {
    report({ kind: 'resumed', provider: identity.id, bond: known.bond });
    return true;
  }
  const added = wanted - known.bond;
  const sent = await retryTransient(
    () => sender.send({ kind: 'addBond', id: identity.id, amount: added }, retry),
    retry,
  );
  if (sent === undefined) return false;
  report({ kind: 'bonded', provider: identity.id, added });
  return true;
}
