import { u32 } from '../../bytes/codec/primitives.ts';
import { assert } from '../../errors/aivm-error.ts';
import { stateKeys } from '../../state/keys.ts';
import { readModel, readRecord, readServedCount, requireTask } from '../../state/read.ts';
import { type Panel, PanelPhase } from '../../state/records/panel.ts';
import { NO_TIMER, type TaskRecord } from '../../state/records/task.ts';
import type { StateReader } from '../../state/state-view.ts';
import type { BlockContext } from '../context/block-context.ts';
import { listsServing } from '../providers/provider-lists.ts';
import { SERVES_ALL } from '../providers/served-lists.ts';

/** Seats of begun panels and committees that fall to a list and have not committed. */
export const readListSeats = (state: StateReader, list: string): number =>
  readRecord(state, stateKeys.listSeats(list), u32) ?? 0;

/** What a panel takes of its lists: from its first draw until its time to commit is over, all seats but those that committed. */
function takenBy(panel: Panel | undefined): { readonly all: number; readonly named: number } {
  if (panel === undefined || panel.phase === PanelPhase.revealing) return { all: 0, named: 0 };
  if (panel.timers.reveal.height === NO_TIMER.height) return { all: 0, named: 0 };
  const open = panel.n - panel.committed;
  const all = Math.min(panel.ofAll, open);
  return { all, named: open - all };
}

function addSeats({ state }: BlockContext, list: string, step: number): void {
  if (step === 0) return;
  const count = readListSeats(state, list) + step;
  assert(count >= 0, 'seats end that no list counts');
  if (count === 0) state.delete(stateKeys.listSeats(list));
  else state.setRecord(stateKeys.listSeats(list), u32, count);
}

/** Counts what the change of a panel's record takes of the lists, or gives back. */
export function countOpenSeats(
  context: BlockContext,
  before: Panel | undefined,
  after: Panel | undefined,
): void {
  const was = takenBy(before);
  const is = takenBy(after);
  if (was.all === is.all && was.named === is.named) return;
  const { model } = requireTask(context.state, (after ?? before)?.taskId ?? '');
  addSeats(context, SERVES_ALL, is.all - was.all);
  addSeats(context, model, is.named - was.named);
}

/** Members of the lists that serve a task's model, in the order of the lists. */
function listsOf({ state }: BlockContext, task: TaskRecord): readonly { list: string; members: number }[] {
  const model = readModel(state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  return listsServing(model, task).map((list) => ({ list, members: readServedCount(state, list) }));
}

/** How many of n seats are expected to fall to providers that serve all. */
export function seatsOfAll(context: BlockContext, task: TaskRecord, n: number): number {
  const lists = listsOf(context, task);
  const total = lists.reduce((sum, { members }) => sum + members, 0);
  const all = lists.find(({ list }) => list === SERVES_ALL)?.members ?? 0;
  return total === 0 ? 0 : Math.round((n * all) / total);
}

/** Another panel begins while less than one in so many of the seats is open that the members may hold together. */
const PACE = 2;

/**
 * Whether another panel may begin. Only the number of open seats counts, never whose they are: nobody chooses by keeping
 * members busy who is drawn, and a panel that began is never held up. One may always begin where no seat is open;
 * committees wait for nothing.
 */
export function mayBeginPanel(context: BlockContext, task: TaskRecord): boolean {
  const lists = listsOf(context, task);
  const open = lists.reduce((sum, { list }) => sum + readListSeats(context.state, list), 0);
  const members = lists.reduce((sum, one) => sum + one.members, 0);
  return open === 0 || PACE * open < members * context.params.maxOpenSeats;
}
