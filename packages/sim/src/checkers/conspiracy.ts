import type { Cast } from '../world/cast.ts';
import type { ObservedBlock } from './checker.ts';

/** The task id within a seat's key: one byte of prefix, one of size, the id, the position. */
function taskOfSeat(hex: string, size: number): string {
  const bytes = hex.slice(4, 4 + 2 * size);
  const codes = bytes.match(/../g) ?? [];
  return String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16)));
}

/**
 * Whether as many members of the panel that this block ended were dishonest as make a majority: against that no
 * agreement between providers protects.
 */
export function isConspiracy({ changes }: ObservedBlock, taskId: string, cast: Cast): boolean {
  const panel = changes.panel.find(({ before }) => before?.taskId === taskId)?.before;
  if (panel === undefined) return false;
  const size = new TextEncoder().encode(taskId).length;
  const seats = changes.seat.filter(
    ({ hex, before }) => before !== undefined && taskOfSeat(hex, size) === taskId,
  );
  const dishonest = seats.filter(({ before }) => before !== undefined && !cast.isHonest(before.operator));
  return dishonest.length >= panel.m;
}
