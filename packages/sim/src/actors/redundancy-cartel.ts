import { ModeMultiPartyRedundant, readPanel } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor } from './actor.ts';
import { colluders } from './colluders.ts';

/** Tasks that its own requester has bought. */
const OWN_TASK = /^cartel\./u;
const FEE = 20_000_000n;

/**
 * Steals bonds by outvoting: it buys redundant tasks itself, its members agree on a lie, and the honest third member
 * of a panel diverges and is penalised. As penalties are burned in full, it pays admission and wins nothing; on a
 * model that the chain can judge, its members are convicted.
 */
export function redundancyCartel(ids: readonly string[]): Actor {
  const buyer = identityOf('cartel/buyer');
  let made = 0;
  const gang = colluders({
    kind: 'redundancy-cartel',
    ids,
    lies: (view, task) => OWN_TASK.test(task.id) && readPanel(view.state, task.id) !== undefined,
    also(view) {
      if (view.isDraining || view.round % 18 !== 0) return;
      const isProvable = made % 6 === 5;
      const code = view.submit(buyer, {
        kind: 'submitTask',
        id: `cartel.${made}`,
        taskType: 'inference',
        model: isProvable ? 'wdbc-int8' : ECHO_MODEL,
        input: view.random.bytes(32),
        fee: FEE,
        mode: ModeMultiPartyRedundant,
        maxAdmission: 0n,
        n: 3,
        maxNew: 0,
        deadlineBlocks: 40n,
      });
      if (code !== '') return;
      made += 1;
      view.note('bait');
    },
  });
  return { ...gang, identities: [...gang.identities, buyer] };
}
