import { Vote } from '@aivm/core/state';
import type { Actor } from './actor.ts';
import { ProviderActor } from './provider-kit.ts';

/**
 * Members that say in panels that they cannot run what they could, or that it is too long: it costs no work, and as a
 * minority it is to cost what an absence does. Together they take turns, so that now and then most of a panel says so.
 */
export function errorVoters(ids: readonly string[]): Actor {
  const members = ids.map(
    (id) =>
      new ProviderActor({
        kind: 'error-voter',
        isHonest: false,
        id,
        habits: {
          vote: (view, task) => {
            // By the task, so that commitment and reveal say the same, whichever member asks.
            const [first = 0] = task.inputHash;
            if (first % 3 === 0) return Vote.output;
            view.note(first % 3 === 1 ? 'cannot-run' : 'too-long');
            return first % 3 === 1 ? Vote.cannotRun : Vote.tooLong;
          },
        },
      }),
  );
  return {
    kind: 'error-voter',
    isHonest: false,
    identities: members.flatMap(({ identities }) => identities),
    act(view) {
      for (const member of members) member.act(view);
    },
  };
}
