import { u32 } from '../../bytes/codec/primitives.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readRecord, readServedCount, readServedMember } from '../../state/read.ts';
import type { BlockContext } from '../context/block-context.ts';

function place(context: BlockContext, list: string, position: number, member: string): void {
  context.state.set(stateKeys.servedMember(list, position), utf8ToBytes(member));
  context.state.setRecord(stateKeys.servedPosition(list, member), u32, position);
}

/** Whether somebody stands in a list. */
export const isMember = ({ state }: BlockContext, list: string, member: string): boolean =>
  readRecord(state, stateKeys.servedPosition(list, member), u32) !== undefined;

/** Puts a member at the end of a list. Three writes, however long the list is. */
export function appendMember(context: BlockContext, list: string, member: string): void {
  const position = readServedCount(context.state, list);
  place(context, list, position, member);
  context.state.setRecord(stateKeys.servedCount(list), u32, position + 1);
}

/** Takes a member out of a list; the last one takes its place. */
export function removeMember(context: BlockContext, list: string, member: string): void {
  const { state } = context;
  const position = readRecord(state, stateKeys.servedPosition(list, member), u32);
  assert(position !== undefined, 'a member of a list without a position');
  const last = readServedCount(state, list) - 1;
  if (position !== last) place(context, list, position, readServedMember(state, list, last));
  state.delete(stateKeys.servedMember(list, last));
  state.delete(stateKeys.servedPosition(list, member));
  state.setRecord(stateKeys.servedCount(list), u32, last);
}
