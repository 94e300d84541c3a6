import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import { type ListGrowth, listGrowthCodec } from '../../state/records/timer.ts';
import type { BlockContext } from '../context/block-context.ts';

/** A list calls those that wait for it once in so many blocks: whoever joins and leaves in turn would call them in each. */
const CALL_BLOCKS = 32;

const NEVER: ListGrowth = { grownAt: 0, calledAt: 0 };

const readGrowth = ({ state }: BlockContext, list: string): ListGrowth =>
  readRecord(state, stateKeys.listGrowth(list), listGrowthCodec) ?? NEVER;

/** Notes that somebody new stands in a list. */
export function noteGrowth(context: BlockContext, list: string): void {
  const before = readGrowth(context, list);
  if (before.grownAt === context.height) return;
  context.state.setRecord(stateKeys.listGrowth(list), listGrowthCodec, {
    ...before,
    grownAt: context.height,
  });
}

/** Whether a list calls whoever waits since `since`: it grew since then, and called nobody for a while. */
export function doesCall(context: BlockContext, list: string, since: number): boolean {
  const { grownAt, calledAt } = readGrowth(context, list);
  if (grownAt < since) return false;
  return calledAt === 0 || calledAt === context.height || context.height >= calledAt + CALL_BLOCKS;
}

/** A task that waited is visited because this list called it. */
export function noteCall(context: BlockContext, list: string): void {
  const before = readGrowth(context, list);
  if (before.calledAt === context.height) return;
  context.state.setRecord(stateKeys.listGrowth(list), listGrowthCodec, {
    ...before,
    calledAt: context.height,
  });
}
