import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';
import { ProviderActor } from './provider-kit.ts';

/** Buys from itself to farm rewards: one person with a requester and a provider, who claims again and again. */
export function washFarmer(id: string): Actor {
  const customer = identityOf(`wash/${id}`);
  const provider = new ProviderActor({ kind: 'wash-farmer', isHonest: false, id });
  let made = 0;
  return {
    kind: 'wash-farmer',
    isHonest: false,
    identities: [customer, ...provider.identities],
    act(view) {
      provider.act(view);
      if (view.isDraining) return;
      const { random } = view;
      const [operator] = provider.identities;
      if (random.chance(150)) {
        const code = view.submit(customer, {
          kind: 'submitTask',
          id: `${id}.wash.${made}`,
          taskType: 'mining',
          model: 'wdbc-int8',
          input: random.bytes(32),
          fee: 5_000_000n,
          mode: 0,
          maxAdmission: 0n,
          n: 0,
          maxNew: 0,
          deadlineBlocks: 0n,
        });
        if (code === '') {
          made += 1;
          view.note('wash');
        }
      }
      // The customer is neither operator nor wallet; the operator may claim nothing twice.
      if (random.chance(50)) view.submit(customer, { kind: 'claimRewards', provider: id });
      if (random.chance(50) && operator !== undefined)
        view.submit(operator, { kind: 'claimRewards', provider: id });
    },
  };
}
