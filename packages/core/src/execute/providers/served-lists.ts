import { equalBytes } from '../../bytes/bytes.ts';
import { u32 } from '../../bytes/codec/primitives.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { StateReader } from '../../state/state-view.ts';
import type { BlockContext } from '../context/block-context.ts';
import { noteGrowth } from './growth.ts';
import { appendMember, removeMember } from './member-lists.ts';

/** The list of providers that name no models. */
export const SERVES_ALL = '';

/** Who stands in a list. */
type Member = Pick<ProviderRecord, 'id' | 'operator'>;

const readCount = (state: StateReader, key: Uint8Array): number => readRecord(state, key, u32) ?? 0;

function addCount({ state }: BlockContext, key: Uint8Array, step: 1 | -1): number {
  const count = readCount(state, key) + step;
  assert(count >= 0, 'a member that was not counted leaves');
  if (count === 0) state.delete(key);
  else state.setRecord(key, u32, count);
  return count;
}

/** Appends a provider to a list, and counts its operator among those who serve it. */
export function joinServedList(context: BlockContext, model: string, { id, operator }: Member): void {
  appendMember(context, model, id);
  noteGrowth(context, model);
  if (addCount(context, stateKeys.servedByOperator(model, operator), 1) === 1)
    addCount(context, stateKeys.servedOperators(model), 1);
}

/** The provider takes no new work of a list, and may stand in it for a while. */
export function uncountMember(
  context: BlockContext,
  model: string,
  { operator }: Pick<Member, 'operator'>,
): void {
  if (addCount(context, stateKeys.servedByOperator(model, operator), -1) === 0)
    addCount(context, stateKeys.servedOperators(model), -1);
}

/** Takes a provider out of a list. The counters are left to {@link uncountMember}. */
export const leaveServedList = (context: BlockContext, model: string, { id }: Pick<Member, 'id'>): void =>
  removeMember(context, model, id);

/**
 * Operators with a provider that takes work in one of the lists, those of `except` left out. An operator's providers all
 * name models or all serve all, so the lists have none in common and their counters add.
 */
export function countServingOperators(
  state: StateReader,
  lists: readonly string[],
  except: readonly Uint8Array[],
): number {
  const serves = (operator: Uint8Array): boolean =>
    lists.some((list) => readCount(state, stateKeys.servedByOperator(list, operator)) > 0);
  const left = except.filter(
    (one, i) => except.findIndex((other) => equalBytes(one, other)) === i && serves(one),
  );
  const all = lists.reduce((sum, list) => sum + readCount(state, stateKeys.servedOperators(list)), 0);
  return all - left.length;
}
