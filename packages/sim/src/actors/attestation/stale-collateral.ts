import { identityOf } from '../../world/identity.ts';
import { forgedList, publishedLists } from '../../world/vendor-lists.ts';
import type { Actor } from '../actor.ts';
import { attempt } from './attempt.ts';
import { isOnChain } from './attestor.ts';

const ATTEMPT_ROUNDS = 14;

/** Brings back lists that the vendor has replaced, so that no certificate would be revoked any more, and one that the vendor never made. */
export function staleCollateral(name: string): Actor {
  const me = identityOf(`stale/${name}`);
  let turn = 0;
  return {
    kind: 'stale-collateral',
    isHonest: false,
    identities: [me],
    act(view) {
      if (view.isDraining || view.round % ATTEMPT_ROUNDS !== 0) return;
      turn += 1;
      const lists = publishedLists();
      const newest = lists.findLastIndex((list) => isOnChain(view, list));
      const old = lists[newest - 1];
      if (turn % 2 === 0 || old === undefined) attempt(view, me, 'forged', forgedList().operation);
      else attempt(view, me, 'rollback', old.operation);
    },
  };
}
