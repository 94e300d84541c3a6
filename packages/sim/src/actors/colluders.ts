import { utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { readPanel, type TaskRecord as Task } from '@aivm/core/state';
import { wrongAnswer } from '../world/right-answer.ts';
import type { Actor, View } from './actor.ts';
import { ProviderActor } from './provider-kit.ts';

/** Several providers of one person, who give the same wrong answer wherever they sit. */
export interface ColluderOptions {
  readonly kind: string;
  readonly ids: readonly string[];
  /** Whether they lie about this task; they answer rightly otherwise, to keep their bonds for what pays. */
  lies(view: View, task: Task): boolean;
  /** Beside their work, once a round. */
  also?(view: View): void;
}

/** The agreed lie follows from the task, so that members need no word between them. */
const agreedLie = (task: Task, right: Uint8Array): Uint8Array =>
  wrongAnswer(right, 1 + ((keccak256(utf8ToBytes(task.id))[0] ?? 0) % 200));

/** A gang: one purse, many operators. */
export function colluders({ kind, ids, lies, also }: ColluderOptions): Actor {
  const members = ids.map(
    (id) =>
      new ProviderActor({
        kind,
        isHonest: false,
        id,
        habits: {
          answer: (view, task, right) => {
            if (!lies(view, task)) return right;
            view.note('lie');
            return agreedLie(task, right);
          },
        },
      }),
  );
  return {
    kind,
    isHonest: false,
    identities: members.flatMap(({ identities }) => identities),
    act(view) {
      for (const member of members) member.act(view);
      also?.(view);
    },
  };
}

/** Fewer than a majority: they lie together in every panel and must never carry one. */
export const colludingMinority = (ids: readonly string[]): Actor =>
  colluders({
    kind: 'colluding-minority',
    ids,
    lies: (view, task) => readPanel(view.state, task.id) !== undefined,
  });

/** Enough to be most of many panels: what opaque majorities cannot prevent, and proofs do. */
export const colludingMajority = (ids: readonly string[]): Actor =>
  colluders({ kind: 'colluding-majority', ids, lies: () => true });
