import { AivmError } from '@aivm/core/errors';
import { anchorToShape } from '@aivm/sdk';
import type { NodeApi } from '../../local/node-api.ts';
import type { SomeHandlers } from '../handler.ts';
import { PAGE_LIMIT } from './list-page.ts';

function listAnchors(node: NodeApi, cursor: string | undefined, limit: number) {
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) {
    throw new AivmError('malformed', `cursor: "${cursor.slice(0, 40)}" is not one of a list of anchors`);
  }
  const count = node.anchors.count;
  const anchors = [];
  let number = Math.min(cursor === undefined ? count : Number(cursor), count);
  for (; number > 0 && anchors.length < limit; number--) {
    const message = node.anchors.get(number - 1);
    if (message === undefined) break;
    anchors.push(anchorToShape(message));
  }
  return { anchors, ...(number > 0 ? { next_cursor: String(number) } : {}) };
}

/** Anchors, and how far they got. */
export const anchorReads = {
  listAnchors: ({ query: { cursor, limit = PAGE_LIMIT } }, { node }) => ({
    count: node.anchors.count,
    sinks: node.anchors.sinks().map(({ sink, delivered, failuresInARow, lastError }) => ({
      sink,
      delivered,
      failures_in_a_row: failuresInARow,
      last_error: lastError,
    })),
    ...listAnchors(node, cursor, Math.max(1, limit)),
  }),
} satisfies SomeHandlers;
