import { u32 } from '../../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readRecord, readServedCount, readServedMember } from '../../state/read.ts';
import type { BlockContext } from '../context/block-context.ts';

/** The list of providers that name no models. */
export const SERVES_ALL = '';

function place(context: BlockContext, model: string, position: number, providerId: string): void {
  context.state.set(stateKeys.servedMember(model, position), utf8ToBytes(providerId));
  context.state.setRecord(stateKeys.servedPosition(model, providerId), u32, position);
}

/** Appends a provider to a model's list. */
export function joinServedList(context: BlockContext, model: string, providerId: string): void {
  const position = readServedCount(context.state, model);
  place(context, model, position, providerId);
  context.state.setRecord(stateKeys.servedCount(model), u32, position + 1);
}

/** The last member takes the place of the one that leaves. */
export function leaveServedList(context: BlockContext, model: string, providerId: string): void {
  const { state } = context;
  const position = readRecord(state, stateKeys.servedPosition(model, providerId), u32);
  assert(position !== undefined, 'a served model without a position');
  const last = readServedCount(state, model) - 1;
  if (position !== last) place(context, model, position, readServedMember(state, model, last));
  state.delete(stateKeys.servedMember(model, last));
  state.delete(stateKeys.servedPosition(model, providerId));
  state.setRecord(stateKeys.servedCount(model), u32, last);
}
