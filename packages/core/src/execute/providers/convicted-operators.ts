import { bytesToHex } from '../../bytes/hex.ts';
import { readServedCount, readServedMember, requireProvider } from '../../state/read.ts';
import type { ProviderRecord } from '../../state/records/provider.ts';
import type { BlockContext } from '../context/block-context.ts';
import { appendMember, isMember, removeMember } from './member-lists.ts';
import { leaveLists } from './provider-lists.ts';

// No id of a model has a slash, and those of held blobs begin otherwise, so neither list is one of providers by model.
const ownList = (operator: string): string => `of/${operator}`;

/** Operators that were convicted and have providers in lists. */
const CONVICTED = 'convicted/';

type Owned = Pick<ProviderRecord, 'id' | 'operator'>;

/** Notes a provider among those of its operator, which a conviction of one of them concerns. */
export const noteOwned = (context: BlockContext, { id, operator }: Owned): void =>
  appendMember(context, ownList(bytesToHex(operator)), id);

/** The provider has left, and is nobody's any more. */
export function forgetOwned(context: BlockContext, { id, operator }: Owned): void {
  const list = ownList(bytesToHex(operator));
  if (isMember(context, list, id)) removeMember(context, list, id);
}

/** The operator's other providers leave their lists in the blocks that follow. */
export function expelOwned(context: BlockContext, operator: Uint8Array): void {
  const name = bytesToHex(operator);
  if (!isMember(context, CONVICTED, name)) appendMember(context, CONVICTED, name);
}

/**
 * Takes one provider of a convicted operator out of its lists, so that it counts no more among those who serve. One a
 * block: an operator may have a hundred, each in up to 96 lists. Nobody draws it in the meantime, and its seats have no vote.
 */
export function expelOne(context: BlockContext): void {
  const { state } = context;
  if (readServedCount(state, CONVICTED) === 0) return;
  const name = readServedMember(state, CONVICTED, 0);
  const list = ownList(name);
  const count = readServedCount(state, list);
  if (count > 0) {
    const id = readServedMember(state, list, count - 1);
    removeMember(context, list, id);
    leaveLists(context, requireProvider(state, id));
  }
  if (count <= 1) removeMember(context, CONVICTED, name);
}
