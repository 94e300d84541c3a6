import { ModeMultiPartyRedundant, PanelKind, readPanel, readTask, Settlement } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor, View } from './actor.ts';
import { cheapTask } from './buying.ts';
import { colluders } from './colluders.ts';

/** Panels that are open at once, to hold whoever could judge. */
const CROWD_MAX = 4;
/** Rounds between two of them. */
const EVERY = 3;

/**
 * Wants to be judged by its own people alone: it fills honest members with panels that it buys, lies in the answers of
 * strangers' tasks while they are busy, and votes for the lie in every committee about one of its own.
 */
export function committeeCrowder(ids: readonly string[]): Actor {
  const boss = identityOf('crowder/boss');
  const open = new Set<string>();
  let made = 0;
  const isOwn = (view: View, taskId: string): boolean =>
    ids.includes(readTask(view.state, taskId)?.assignedTo ?? '');
  const crowd = (view: View): void => {
    for (const id of open) {
      const { settlement = Settlement.void } = readTask(view.state, id) ?? {};
      if (settlement === Settlement.final || settlement === Settlement.void) open.delete(id);
    }
    if (view.isDraining || open.size >= CROWD_MAX || view.round % EVERY !== 0) return;
    const id = `crowd.${made++}`;
    const asked = { model: ECHO_MODEL, input: view.random.bytes(32), mode: ModeMultiPartyRedundant, n: 3 };
    if (view.submit(boss, cheapTask(id, asked)) !== '') return;
    open.add(id);
    view.note('crowd');
  };
  const gang = colluders({
    kind: 'committee-crowder',
    ids,
    lies: (view, task) => {
      const panel = readPanel(view.state, task.id);
      if (panel?.kind === PanelKind.committee) return isOwn(view, task.id);
      // A stranger's optimistic task of a model that only a committee judges.
      return task.n === 0 && task.model === ECHO_MODEL && open.size >= 2 && view.random.chance(500);
    },
    also: crowd,
  });
  return { ...gang, identities: [...gang.identities, boss] };
}
