import { AivmError } from '@aivm/core/errors';
import { anchorToShape } from '@aivm/sdk';
import type { SignedChange } from '../../anchors/validators/anchor-signatures.ts';
import { setToShape, signedToShape } from '../../anchors/validators/signed-shape.ts';
import type { NodeApi } from '../../local/node-api.ts';
import type { SomeHandlers } from '../handler.ts';
import { PAGE_LIMIT } from './list-page.ts';
import { notFound } from './not-found.ts';

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

function anchorValidators({ anchors: { signatures } }: NodeApi) {
  const state = signatures.state();
  if (state === undefined) throw notFound('a set of validators that sign anchors');
  const { set, next, signedCount } = state;
  const changes: SignedChange[] = [];
  for (let number = set.number; number > 0n; number--) {
    const change = signatures.changeTo(number);
    if (change === undefined) break;
    changes.unshift(change);
  }
  const oldest = changes[0]?.signed.set ?? set;
  return {
    set: setToShape(set),
    ...(next[0] === undefined ? {} : { next: setToShape(next[0]) }),
    signed_anchors: signedCount,
    ...(oldest.number === 0n ? { first: setToShape(oldest) } : {}),
    changes: changes.map(({ to, signed }) => ({ to: setToShape(to), signatures: signedToShape(signed) })),
  };
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
  getAnchorSignatures: ({ params: { number } }, { node: { anchors } }) => {
    const signed = anchors.signatures.ofAnchor(number);
    if (signed === undefined) throw notFound(`signatures of anchor ${number}`);
    return signedToShape(signed);
  },
  getAnchorValidators: (_, { node }) => anchorValidators(node),
} satisfies SomeHandlers;
