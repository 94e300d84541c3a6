import { ModeMultiPartyRedundant, readPanel, readSeat, readTask, TaskStatus } from '@aivm/core/state';
import { identityOf } from '../world/identity.ts';
import { ECHO_MODEL } from '../world/sim-chain.ts';
import type { Actor, View } from './actor.ts';
import { colluders } from './colluders.ts';

const FEE = 10_000_000n;

/**
 * Wants a panel of its own people: it grinds the id and the text of a task, looks at the first seat that was drawn,
 * and takes the task back and tries again where a stranger got it. Every attempt burns an admission, and the id is
 * fixed a block before the seed is known.
 */
export function committeeReroller(ids: readonly string[]): Actor {
  const buyer = identityOf('reroller/buyer');
  let attempt = 0;
  const submit = (view: View): void => {
    attempt += 1;
    const code = view.submit(buyer, {
      kind: 'submitTask',
      id: `reroll.${attempt}.${view.random.below(1_000_000)}`,
      taskType: 'inference',
      model: ECHO_MODEL,
      input: view.random.bytes(32),
      fee: FEE,
      mode: ModeMultiPartyRedundant,
      maxAdmission: 0n,
      n: 3,
      maxNew: 0,
      deadlineBlocks: 30n,
    });
    if (code === '') view.note('roll');
  };
  const examine = (view: View, taskId: string): boolean => {
    const task = readTask(view.state, taskId);
    if (task === undefined || task.status > TaskStatus.assigned) return false;
    const panel = readPanel(view.state, taskId);
    const first = panel && panel.drawn > 0 ? readSeat(view.state, taskId, 0) : undefined;
    if (first === undefined) return true;
    if (ids.includes(first.provider)) return false;
    const code = view.submit(buyer, { kind: 'cancelTask', taskId });
    view.note(code === '' ? 'reroll' : 'reroll-refused');
    return code !== '';
  };
  const open = new Set<string>();
  const gang = colluders({
    kind: 'committee-reroller',
    ids,
    lies: (_view, task) => task.id.startsWith('reroll.'),
    also(view) {
      for (const { tx, code } of view.transactions) {
        const { operation } = tx;
        if (code === '' && operation.kind === 'submitTask' && operation.id.startsWith('reroll.')) {
          open.add(operation.id);
        }
      }
      for (const taskId of [...open]) if (!examine(view, taskId)) open.delete(taskId);
      if (!view.isDraining && open.size === 0 && view.round % 14 === 0) submit(view);
    },
  });
  return { ...gang, identities: [...gang.identities, buyer] };
}
