import { readTask, Settlement, TaskStatus } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import type { Actor, View } from './actor.ts';

/** Whether somebody must reveal or may challenge: the moments in which a full block is worth something. */
function isMomentOfOthers(view: View, open: Set<string>): boolean {
  for (const event of view.events) if (event.kind === 'task') open.add(event.taskId);
  for (const id of open) {
    const task = readTask(view.state, id);
    if (task === undefined || task.status >= TaskStatus.completed) open.delete(id);
  }
  return [...open].some((id) => {
    const settlement = readTask(view.state, id)?.settlement;
    return settlement === Settlement.revealing || settlement === Settlement.posted;
  });
}

/** Pays for as many transfers as blocks hold, from many accounts, while others must reveal or may challenge. */
export function blockFiller(
  name: string,
  { accounts, each }: { readonly accounts: number; readonly each: number },
): Actor {
  const names = Array.from({ length: accounts }, (_, i) => identityOf(`block-filler/${name}/${i}`));
  const open = new Set<string>();
  return {
    kind: 'block-filler',
    isHonest: false,
    identities: names,
    act(view) {
      if (view.isDraining || !isMomentOfOthers(view, open)) return;
      for (const me of names) {
        for (let i = 0; i < each; i++) {
          if (view.submit(me, { kind: 'transfer', to: me.address, amount: 1n }) !== '') break;
          view.note('fill');
        }
      }
    },
  };
}
