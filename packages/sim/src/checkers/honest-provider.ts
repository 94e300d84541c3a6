import { type Provider, ProviderStatus } from '@aivm/core';
import type { CreateChecker, ObservedBlock } from './checker.ts';

/**
 * Who answers rightly and in time never loses any of his bond, unless M of the N that were drawn conspire: else
 * honesty does not pay, and nobody stays honest.
 */
export const createHonestProviderChecker: CreateChecker = ({ cast, fail }) => {
  /** Dishonest seats and the majority's size of a panel that this block ended. */
  const conspiracyIn = ({ changes }: ObservedBlock, taskId: string): boolean => {
    const panel = changes.panel.find(({ before }) => before?.taskId === taskId)?.before;
    if (panel === undefined) return false;
    const prefix = new TextEncoder().encode(taskId).length;
    const seats = changes.seat.filter(
      ({ hex, before }) => before !== undefined && taskOfSeat(hex, prefix) === taskId,
    );
    const dishonest = seats.filter(
      ({ before }) => before !== undefined && !cast.isHonest(before.operator),
    ).length;
    return dishonest >= panel.m;
  };
  const reasonFor = (block: ObservedBlock, { id }: Provider): string | undefined => {
    for (const event of block.events) {
      if (event.kind === 'challenge' && event.provider === id && event.upheld) {
        return conspiracyIn(block, event.taskId) ? 'conspiracy' : undefined;
      }
      if (event.kind !== 'seat' || event.provider !== id) continue;
      if (event.change === 'divergent' && conspiracyIn(block, event.taskId)) return 'conspiracy';
      if (event.change === 'withheld' && !cast.guarantees.timely) return 'late';
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

/** The task id within a seat's key: one byte of prefix, one of size, the id, the position. */
function taskOfSeat(hex: string, size: number): string {
  const bytes = hex.slice(4, 4 + 2 * size);
  const codes = bytes.match(/../g) ?? [];
  return String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16)));
}
