import { u32 } from '../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { assert } from '../errors/aivm-error.ts';
import { stateKeys } from '../state/keys.ts';
import { readServedCount, readServedMember, requireProvider } from '../state/read.ts';
import { type BlockContext, writeProvider } from './block-context.ts';

/** The list of providers that name no models. */
export const SERVES_ALL = '';

/** Appends a provider to a model's list. @returns its position. */
export function joinServedList(context: BlockContext, model: string, providerId: string): number {
  const position = readServedCount(context.state, model);
  context.state.set(stateKeys.servedMember(model, position), utf8ToBytes(providerId));
  context.state.setRecord(stateKeys.servedCount(model), u32, position + 1);
  return position;
}

function move(context: BlockContext, providerId: string, model: string, position: number): void {
  const provider = requireProvider(context.state, providerId);
  const serves = provider.serves.map((served) => (served.model === model ? { model, position } : served));
  writeProvider(context, { ...provider, serves });
}

/** Takes a provider out of every list it is in; the last member of each takes its place. */
export function leaveServedLists(context: BlockContext, providerId: string): void {
  for (const { model } of requireProvider(context.state, providerId).serves) {
    const served = requireProvider(context.state, providerId).serves.find((entry) => entry.model === model);
    assert(served !== undefined, 'a served model without a position');
    const last = readServedCount(context.state, model) - 1;
    const lastId = readServedMember(context.state, model, last);
    if (lastId !== providerId) {
      context.state.set(stateKeys.servedMember(model, served.position), utf8ToBytes(lastId));
      move(context, lastId, model, served.position);
    }
    context.state.delete(stateKeys.servedMember(model, last));
    context.state.setRecord(stateKeys.servedCount(model), u32, last);
  }
  writeProvider(context, { ...requireProvider(context.state, providerId), serves: [] });
}
