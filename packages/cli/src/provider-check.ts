import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Client } from '@aivm/sdk';
import type { ComputeBackend } from '@aivm/worker';

/** What a provider is about to do. */
export interface ProviderPlan {
  readonly id: string;
  readonly operator: Uint8Array;
  readonly models: readonly string[];
  /** Networks whose weights it is to hold. */
  readonly hold: readonly string[];
  readonly bond?: bigint;
  readonly backend: ComputeBackend;
}

/** Refuses models that nobody registered, and a backend that could answer none of those that are named. */
async function checkModels({ models, backend }: ProviderPlan, client: Client): Promise<string[]> {
  const known = new Map((await client.getModels()).map((model) => [model.id, model]));
  const named = models.map((id) => {
    const model = known.get(id);
    if (model === undefined) throw new AivmError('unknown_model', `--models: ${id} is not registered`);
    return { id, checkClass: model.check_class, weightHash: model.weight_hash };
  });
  const unserved = named.filter((model) => !backend.supports(model)).map(({ id }) => id);
  if (unserved.length === 0) return [];
  if (unserved.length === named.length)
    throw new AivmError('not_supported', `backend ${backend.name} can run none of: ${unserved.join(', ')}`);
  return [`backend ${backend.name} cannot run ${unserved.join(', ')}: every such task will be given up`];
}

/** Refuses networks that nobody registered, or whose weights the node does not have. */
async function checkHeld({ hold, backend }: ProviderPlan, client: Client): Promise<string[]> {
  if (hold.length === 0) return [];
  const known = new Map((await client.getModels()).map((model) => [model.id, model]));
  for (const id of hold) {
    const model = known.get(id);
    if (model === undefined) throw new AivmError('unknown_model', `--hold: ${id} is not registered`);
    const facts = { id, checkClass: model.check_class, weightHash: model.weight_hash };
    if (model.check_class !== 'int8-graph' || !backend.supports(facts))
      throw new AivmError(
        'not_supported',
        `--hold: ${id} is ${model.check_class}, which ${backend.name} cannot hold`,
      );
    // The weights may also be in this machine's cache; the node's own is what every holder can get.
    await client.getBlobProof(model.weight_hash, { first: 0, count: 1 });
  }
  return [];
}

/** Refuses an id of another operator and a bond that the account cannot pay. */
async function checkAccount({ id, operator, bond }: ProviderPlan, client: Client): Promise<string[]> {
  const existing = await client.getProvider(id).catch((error: unknown) => {
    if (error instanceof AivmError && error.status === 404) return undefined;
    throw error;
  });
  if (existing !== undefined && !equalBytes(existing.operator, operator))
    throw new AivmError('forbidden', `provider ${id} belongs to another account: choose another --id`);
  const wanted = bond ?? (await client.getConfig()).config.minProviderBond;
  const missing = wanted - (existing?.bond ?? 0n);
  const { balance } = await client.getAccount(operator);
  if (missing > balance)
    throw new AivmError('insufficient_balance', `the bond needs ${missing} more, the account has ${balance}`);
  const { last_seen: lastSeen } = existing?.status ?? {};
  const { timestampToSeconds } = await import('@aivm/sdk');
  const isFresh =
    lastSeen !== undefined && Date.now() / 1_000 - timestampToSeconds(lastSeen) < RECENT_SECONDS;
  if (existing?.state === 'active' && existing.status.online && isFresh)
    return [`provider ${id} was heard of a moment ago: if another process runs it, stop one of the two`];
  return [];
}

const RECENT_SECONDS = 60;

/**
 * Looks whether a provider could work on its node's chain, before anything is locked or spent.
 * @returns warnings. @throws AivmError that names what is missing
 */
export async function checkProvider(plan: ProviderPlan, client: Client): Promise<readonly string[]> {
  return [
    ...(await checkModels(plan, client)),
    ...(await checkHeld(plan, client)),
    ...(await checkAccount(plan, client)),
  ];
}
