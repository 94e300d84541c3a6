import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor } from './actor.ts';

/** Fills the queue with the cheapest tasks there are, of every wrong shape too, and takes some back at once. */
export function queueFiller(name: string): Actor {
  const me = identityOf(`filler/${name}`);
  let made = 0;
  return {
    kind: 'queue-filler',
    isHonest: false,
    identities: [me],
    act(view) {
      if (view.isDraining || view.round % 40 >= 8) return;
      const { random } = view;
      for (let i = 0; i < 3; i++) {
        const id = `${name}.${random.chance(50) ? Math.max(0, made - 1) : made}`;
        // Fifteen seats that nobody can fill: such a task waits for its deadline.
        const isHopeless = random.chance(400);
        const code = view.submit(me, {
          kind: 'submitTask',
          id,
          taskType: random.chance(30) ? 'dreaming' : 'inference',
          model: isHopeless ? ECHO_MODEL : random.pick(['qwen3-8b', 'qwen3-8b', 'no-such-model']),
          input: random.bytes(random.below(40)),
          fee: random.pick([1_000_000n, 2_000_000n, 2_000_000n, 10n]),
          mode: isHopeless || random.chance(50) ? 1 : 0,
          maxAdmission: 0n,
          n: isHopeless ? 15 : 0,
          maxNew: 0,
          deadlineBlocks: random.pick([3n, 10n, 40n, 100n]),
        });
        if (code !== '') continue;
        made += 1;
        view.note('fill');
      }
      if (made > 0 && random.chance(300))
        view.submit(me, { kind: 'cancelTask', taskId: `${name}.${made - 1}` });
    },
  };
}
