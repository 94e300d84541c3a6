import { type ProviderRecord as Provider, ProviderStatus } from '@aivm/core/state';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { isConspiracy } from './conspiracy.ts';

/**
 * A provider that answers rightly and in time never loses any of its bond, unless M of the N that were drawn conspire: else
 * honesty does not pay, and nobody stays honest.
 */
export const createHonestProviderChecker: CreateChecker = ({ cast, fail }) => {
  const reasonFor = (block: ObservedBlock, { id }: Provider): string | undefined => {
    for (const event of block.events) {
      if (event.kind === 'challenge' && event.provider === id && event.upheld) {
        return isConspiracy(block, event.taskId, cast) ? 'conspiracy' : undefined;
      }
      if (event.kind !== 'seat' || event.provider !== id) continue;
      if (event.change === 'divergent' && isConspiracy(block, event.taskId, cast)) return 'conspiracy';
      const isLate = event.change === 'withheld' || event.change === 'absent';
      if (isLate && !cast.guarantees.timely) return 'late';
    }
    return undefined;
  };
  return {
    name: 'honest-provider',
    onBlock(block) {
      for (const event of block.events) {
        if (event.kind === 'conviction' && cast.isHonest(event.operator)) {
          fail(
            `height ${block.height}: honest provider ${event.provider} was convicted over ${event.taskId}`,
          );
        }
      }
      for (const { before, after } of block.changes.provider) {
        if (before === undefined || after === undefined || !cast.isHonest(after.operator)) continue;
        const hasLeft = after.status === ProviderStatus.withdrawn;
        if (after.bond >= before.bond || hasLeft || reasonFor(block, after) !== undefined) continue;
        fail(
          `height ${block.height}: honest provider ${after.id} lost ${before.bond - after.bond} of its bond`,
        );
      }
    },
  };
};
