import { machineOf } from '../../world/hardware.ts';
import { publishedLists, REVOKED_MACHINE } from '../../world/vendor-lists.ts';
import type { Actor, View } from '../actor.ts';
import { attempt } from './attempt.ts';
import { citationOf, isOnChain } from './attestor.ts';
import { cheat } from './cheat.ts';

/** More than any list of the simulated vendor has. */
const LIST_BYTES_MAX = 4_096;

const isRevoked = (view: View): boolean =>
  publishedLists().some((list) => list.revoked.length > 0 && isOnChain(view, list));

/**
 * Is attested until the vendor revokes its certificate, and goes on: it cites the list of before, none, and the newest.
 * Every answer of it carries its key's signature, as if nothing had happened.
 */
export const revokedMachine = (id: string): Actor =>
  cheat({
    kind: 'revoked-machine',
    id,
    machine: machineOf(REVOKED_MACHINE),
    tries: ({ view, me, attestor, turn }) => {
      const operation = attestor.operation(view, me);
      if (!isRevoked(view)) {
        if (!attestor.isAttested(view, me) && view.submit(me, operation) === '') view.note('attest');
        return true;
      }
      const [oldest] = publishedLists();
      if (turn % 3 === 0) attempt(view, me, 'newest-list', operation);
      else if (turn % 3 === 1) attempt(view, me, 'no-list', { ...operation, lists: [] });
      else if (oldest !== undefined) {
        // The place is that of the newest one, whichever list was meant.
        const list = { ...citationOf(oldest), size: LIST_BYTES_MAX };
        attempt(view, me, 'old-list', { ...operation, lists: [list] });
      }
      return true;
    },
  });
