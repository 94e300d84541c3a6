import type { ModelRecord } from '../../state/records/model.ts';
import { type ProviderRecord, ProviderStatus } from '../../state/records/provider.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { dropBlob, heldList } from './held-blobs.ts';
import { joinServedList, leaveServedList, SERVES_ALL, uncountMember } from './served-lists.ts';

/** The lists from which providers for work of this model with these weights are drawn. */
export function listsServing(
  { id, genesis, modelRoot, checkClass }: ModelRecord,
  { weightHash }: Pick<TaskRecord, 'weightHash'>,
): readonly string[] {
  const modelClass = modelClassOf({ checkClass });
  if (modelClass.weights === 'held') return [heldList({ modelRoot, weightHash })];
  return genesis || modelClass.servedByAll ? [id, SERVES_ALL] : [id];
}

const listsOf = ({ serves, holds }: ProviderRecord): readonly string[] => [...serves, ...holds.map(heldList)];

/** Puts a provider into the lists of all that it serves and holds: when it registers, or has enough of a bond again. */
export function enterLists(context: BlockContext, provider: ProviderRecord): ProviderRecord {
  if (provider.listed) return provider;
  for (const list of listsOf(provider)) joinServedList(context, list, provider);
  const listed = { ...provider, listed: true };
  writeProvider(context, listed);
  return listed;
}

/**
 * Takes a provider out of all of its lists: a few small writes for each, whatever the other members' records hold. It
 * keeps what it serves, for when it is back. @returns its record
 */
export function leaveLists(context: BlockContext, provider: ProviderRecord): ProviderRecord {
  if (!provider.listed) return provider;
  for (const list of listsOf(provider)) {
    // One that unbonds is counted no more.
    if (provider.status !== ProviderStatus.unbonding) uncountMember(context, list, provider);
    leaveServedList(context, list, provider);
  }
  const left = { ...provider, listed: false };
  writeProvider(context, left);
  return left;
}

/**
 * A provider begins to leave: it counts no more among those who serve, and holds no blobs. It stands in the lists of
 * models until its bond leaves, because committees are drawn from them for as long as a result that it made possible can
 * be disputed. @returns its record, written, still with its old status
 */
export function beginToLeave(context: BlockContext, provider: ProviderRecord): ProviderRecord {
  const left = provider.holds.reduce((one, holding) => dropBlob(context, one, holding), provider);
  if (left.listed) for (const list of left.serves) uncountMember(context, list, left);
  writeProvider(context, left);
  return left;
}
