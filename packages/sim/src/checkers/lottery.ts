import { concatBytes, equalBytes } from '@aivm/core/bytes';
import {
  type Panel,
  PanelPhase,
  readChain,
  readDispute,
  readPanel,
  readProvider,
  readSeat,
  readTask,
  type TaskRecord,
  TaskStatus,
} from '@aivm/core/state';
import type { CheckContext, CreateChecker, ObservedBlock } from './checker.ts';
import { Candidates, membersOf } from './lottery-candidates.ts';
import { little, named, text } from './own-encoding.ts';

/** A vacancy of a panel, or a seat that was just drawn. */
interface Place {
  readonly task: TaskRecord;
  readonly panel: Panel;
  readonly seat: number;
  readonly height: number;
}

/** The number of a draw, from its definition. */
function drawNumber(seed: Uint8Array, { task, panel, seat }: Place, draw: number): bigint {
  const numbers = [task.attempt, panel.number, panel.round, seat, draw];
  const place = concatBytes(seed, text(task.id), ...numbers.map((number) => little(BigInt(number), 4)));
  const hash = named('Assignment', place);
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
}

/** The order in which draws without replacement meet so many. */
function* orderOf(total: number, number: (draw: number) => bigint): Iterable<number> {
  const places = Array.from({ length: total }, (_, i) => i);
  for (let draw = 0; draw < total; draw++) {
    const picked = draw + Number(number(draw) % BigInt(total - draw));
    const place = places[picked] ?? 0;
    places[picked] = places[draw] ?? 0;
    yield place;
  }
}

/** The lists that draws are made from, as the last block left them: one that a block changes may be either in its draws. */
class KnownLists {
  readonly #mirror: CheckContext['mirror'];
  readonly #tasks = new Map<string, TaskRecord>();
  readonly #members = new Map<string, string>();

  constructor(mirror: CheckContext['mirror']) {
    this.#mirror = mirror;
  }

  isSame(task: TaskRecord, members: readonly string[]): boolean {
    return this.#members.get(task.model) === members.join();
  }

  end({ changes }: ObservedBlock): void {
    for (const { after } of changes.task) if (after !== undefined) this.#tasks.set(after.model, after);
    for (const [model, task] of this.#tasks) this.#members.set(model, membersOf(this.#mirror, task).join());
  }
}

/** Operators that the rules leave out of a draw. */
function excludedFrom(mirror: CheckContext['mirror'], { task, panel, height }: Place): readonly Uint8Array[] {
  const seats = Array.from({ length: panel.n }, (_, i) => readSeat(mirror, task.id, i));
  const others = seats.flatMap((seat) =>
    seat === undefined || seat.drawnAtHeight === height ? [] : [seat.operator],
  );
  const challenger = readDispute(mirror, task.id)?.challenger;
  return [
    task.requester,
    ...task.pastOperators,
    ...others,
    ...(challenger === undefined ? [] : [challenger]),
  ];
}

/** Whether an earlier block began this draw, with a seed of its own. */
const isContinued = ({ changes }: ObservedBlock, { task, panel }: Pick<Place, 'task' | 'panel'>): boolean =>
  [panel, task].some(({ draw }) => draw.draws > 0) ||
  changes.panel.some(({ before }) => before?.taskId === task.id && before.draw.draws > 0) ||
  changes.task.some(({ before }) => before?.id === task.id && before.draw.draws > 0);

/** Whether the draws of a panel, or of its second round, began in this block: whoever comes first does so in the next. */
const isFresh = ({ changes }: ObservedBlock, panel: Panel): boolean =>
  changes.panel.some(
    ({ before, after }) =>
      after?.taskId === panel.taskId &&
      (before?.phase !== PanelPhase.drawing ||
        before.round !== panel.round ||
        before.number !== panel.number),
  );

/**
 * A seat goes to whom the block's seed names among all who can be seated, in the block in which it is drawn, however busy they
 * are and whatever else waits: else whoever holds the time, the bonds or the draws of honest members judges alone.
 */
export const createLotteryChecker: CreateChecker = (context) => {
  const { genesis, mirror, fail } = context;
  const candidates = new Candidates(context);
  const lists = new KnownLists(mirror);
  /** Tasks with a panel whose seats may be being drawn. */
  const open = new Set<string>();

  /** Members in the order of a draw that nobody excludes, each with whether it can be seated. */
  function* inOrder(place: Place, members: readonly string[]) {
    const { seed } = readChain(mirror);
    const excluded = excludedFrom(mirror, place);
    for (const position of orderOf(members.length, (draw) => drawNumber(seed, place, draw))) {
      const id = members[position] ?? '';
      const operator = readProvider(mirror, id)?.operator;
      if (operator === undefined || excluded.some((other) => equalBytes(other, operator))) continue;
      yield { id, certainty: candidates.isSeatable(id, place.panel.kind as 0 | 1) };
    }
  }

  function checkSeat(block: ObservedBlock, { taskId, position, provider }: DrawnSeat): void {
    const { height } = block;
    const task = readTask(mirror, taskId);
    const panel = readPanel(mirror, taskId);
    if (task === undefined || panel === undefined || isContinued(block, { task, panel })) return;
    if (readSeat(mirror, taskId, position)?.drawnAtHeight !== height) return;
    const members = membersOf(mirror, task);
    if (!lists.isSame(task, members)) return;
    for (const { id, certainty } of inOrder({ task, panel, seat: position, height }, members)) {
      if (id === provider || certainty === 'perhaps') return;
      if (certainty === 'yes')
        fail(`height ${height}: seat ${position} of ${taskId} went to ${provider}, ${id} was drawn before`);
    }
  }

  /** The draws of a block reach for every panel that is being drawn, whatever stands in the queue. */
  function checkVacancy(block: ObservedBlock, panel: Panel, drawing: number): void {
    const { height } = block;
    const task = readTask(mirror, panel.taskId);
    if (task === undefined || isContinued(block, { task, panel })) return;
    const members = membersOf(mirror, task);
    const { assignmentTriesPerBlock, maxAssignmentsPerBlock } = genesis.params;
    const needed = drawing * (members.length + 1);
    if (needed > assignmentTriesPerBlock || drawing > maxAssignmentsPerBlock) return;
    if (!lists.isSame(task, members)) return;
    for (const { id, certainty } of inOrder({ task, panel, seat: 0, height }, members)) {
      if (certainty === 'yes')
        fail(`height ${height}: nobody was seated for ${task.id}, ${id} could have been`);
    }
  }

  /** Panels whose draws have begun and are not over. */
  function drawing(): readonly Panel[] {
    return [...open].flatMap((taskId) => {
      const panel = readPanel(mirror, taskId);
      if (panel === undefined) open.delete(taskId);
      const isBegun = readTask(mirror, taskId)?.status !== TaskStatus.pending;
      return panel?.phase === PanelPhase.drawing && isBegun ? [panel] : [];
    });
  }

  return {
    name: 'lottery',
    onBlock(block) {
      candidates.begin(block);
      const seated = new Set<string>();
      for (const event of block.events) {
        if (event.kind !== 'seat' || event.change !== 'drawn') continue;
        seated.add(event.taskId);
        checkSeat(block, event);
      }
      for (const { after } of block.changes.panel) if (after !== undefined) open.add(after.taskId);
      const panels = drawing();
      for (const panel of panels) {
        if (!seated.has(panel.taskId) && !isFresh(block, panel))
          checkVacancy(block, panel, panels.length + seated.size);
      }
      lists.end(block);
    },
  };
};

interface DrawnSeat {
  readonly taskId: string;
  readonly position: number;
  readonly provider: string;
}
