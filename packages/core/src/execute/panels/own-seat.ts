import { AivmError } from '../../errors/aivm-error.ts';
import { requireTask } from '../../state/read.ts';
import { readPanel } from '../../state/read-panel.ts';
import type { Panel } from '../../state/records/panel.ts';
import { Settlement, type TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { ownProvider, requireUnconvicted } from '../providers/own-provider.ts';
import { type NamedFacts, requireFact, requireFacts } from '../tasks/facts.ts';
import { type PlacedSeat, readSeats } from './panel-store.ts';

/** A seat with the task and the panel that it belongs to. */
export interface OwnSeat {
  readonly task: TaskRecord;
  readonly panel: Panel;
  readonly placed: PlacedSeat;
}

/** The seat of the sender's provider. @throws AivmError `task_not_found`, `provider_not_found`, `forbidden`, … */
export function ownSeat(
  context: BlockContext,
  sender: Uint8Array,
  of: { taskId: string; provider: string },
): OwnSeat {
  const task = requireTask(context.state, of.taskId);
  const provider = ownProvider(context, sender, of.provider);
  requireUnconvicted(context, provider);
  const panel = readPanel(context.state, task.id);
  const hasEnded = task.settlement === Settlement.final || task.settlement === Settlement.void;
  if (panel === undefined) {
    throw new AivmError(hasEnded ? 'too_late' : 'wrong_state', `task "${task.id}" has no panel`);
  }
  const placed = readSeats(context, panel).find(({ seat }) => seat.provider === provider.id);
  if (placed === undefined)
    throw new AivmError('forbidden', `provider "${provider.id}" has no seat on task "${task.id}"`);
  return { task, panel, placed };
}

/** Which place of which panel an operation names. */
export interface NamedSeat extends NamedFacts {
  readonly panel: number;
  readonly round: number;
  readonly seat: number;
}

/** Refuses what was made for other facts of the task, another panel, round or place. @throws AivmError `stale_facts`. */
export function requireSeatFacts({ task, panel, placed }: OwnSeat, named: NamedSeat): void {
  requireFacts(task, named);
  requireFact(
    named.panel === panel.number && named.round === placed.seat.round && named.seat === placed.position,
    () =>
      `panel ${named.panel}, round ${named.round}, seat ${named.seat}: ` +
      `this seat of task "${task.id}" is ${panel.number}, ${placed.seat.round}, ${placed.position}`,
  );
}
