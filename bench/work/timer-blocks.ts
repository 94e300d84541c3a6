import { readParams, requireTask, stateKeys, type TaskRecord } from '@aivm/core/state';
import { timed } from '../../packages/cli/src/bench/measure.ts';
import {
  type BlockContext,
  updateChain,
  writeTask,
} from '../../packages/core/src/execute/context/block-context.ts';
import { processSubmitResult } from '../../packages/core/src/execute/operations/submit-result.ts';
import { requirePanel, writePanel } from '../../packages/core/src/execute/panels/panel-store.ts';
import { TimerKind, timerCodec, timerHeightCodec } from '../../packages/core/src/state/records/timer.ts';
import { CROWD, crowdMember } from './crowd.ts';
import type { Measured } from './measure.ts';
import { admit, assignTo, commitAll, revealAll, SEATS, seatAll, taskOperation } from './tasks.ts';
import type { Sizes } from './whole-blocks.ts';
import { personAt, type WorkChain } from './work-chain.ts';
import { longId, SERVED } from './worst-provider.ts';

const OUTPUT = new Uint8Array(32).fill(4);
const taskId = (i: number): string => longId('timed', i);
const requesterOf = (i: number) => personAt(90 + (i % 4));

/** Puts timers at the height of the next block itself, as blocks long before would have. */
function setTimers(context: BlockContext, kind: TimerKind, count: number, weight: number): void {
  const { state, height } = context;
  state.setRecord(stateKeys.timerHeight(height), timerHeightCodec, {
    used: count,
    weight: count * weight,
    firstFree: 0,
  });
  // Each of them settles a task, whose other timers it may take back.
  updateChain(context, ({ timersPending }) => ({ timersPending: timersPending + 2 * SEATS * count }));
  for (let i = 0; i < count; i++)
    state.setRecord(stateKeys.timer(height, i), timerCodec, { kind, taskId: taskId(i), weight, nextFree: 0 });
}

/** A block without transactions at whose height these timers run. */
function timerBlock(base: WorkChain, name: string, prepare: (context: BlockContext) => void): Measured {
  const chain = base.fork();
  chain.prepare(prepare);
  const block = chain.build([]);
  return {
    name,
    ...{ count: 1, work: readParams(chain.state).params.maxBlockWork },
    round: () => timed(() => chain.check(block))[0],
  };
}

function waitingTask(context: BlockContext, i: number): TaskRecord {
  const model = SERVED[i % 4] as string;
  return admit(context, requesterOf(i), taskOperation(taskId(i), { model, input: new Uint8Array(32) }));
}

/** Tasks that members of the crowd hold. */
function heldTask(context: BlockContext, i: number): TaskRecord {
  const task = assignTo(context, waitingTask(context, i), CROWD[i % SEATS] as string);
  const timed = { ...task, stepTimer: { height: context.height, index: i } };
  writeTask(context, timed);
  return timed;
}

function postedTask(context: BlockContext, i: number): void {
  const { id, attempt, inputHash, weightHash, assignedTo } = heldTask(context, i);
  processSubmitResult(context, crowdMember(i % SEATS).address, {
    ...{ kind: 'submitResult', taskId: id, provider: assignedTo, attempt, inputHash, weightHash },
    ...{
      output: OUTPUT,
      error: '',
      computeTimeMs: 1n,
      proof: new Uint8Array(0),
      sessionSignature: new Uint8Array(0),
    },
  });
  const task = requireTask(context.state, id);
  const { height } = context;
  writeTask(context, { ...task, finalAtHeight: height, stepTimer: { height, index: i } });
}

/** A panel of the whole crowd, some of whom have committed and revealed. */
function panelTask(context: BlockContext, i: number, step: 'commit' | 'reveal', acting: number): void {
  const id = taskId(i);
  admit(context, requesterOf(i), taskOperation(id, { mode: 1, n: SEATS, input: new Uint8Array(32) }));
  seatAll(context, id, CROWD);
  const members = CROWD.slice(0, acting);
  if (step === 'reveal') {
    commitAll(context, id, CROWD, () => OUTPUT);
    revealAll(context, id, members, () => OUTPUT);
  }
  const panel = requirePanel(context, id);
  writePanel(context, {
    ...panel,
    timers: { ...panel.timers, [step]: { height: context.height, index: i } },
  });
}

/** Blocks in which as many timers run as a height has slots, by what the timers do. */
export function timerBlocks(base: WorkChain, { timers }: Sizes): readonly Measured[] {
  const all = Array.from({ length: timers }, (_, i) => i);
  const panels = Array.from({ length: Math.floor(timers / SEATS) }, (_, i) => i);
  return [
    timerBlock(base, `${timers} deadlines`, (context) => {
      for (const i of all) waitingTask(context, i);
      setTimers(context, TimerKind.taskDeadline, timers, 1);
    }),
    timerBlock(base, `${timers} timeouts`, (context) => {
      for (const i of all) heldTask(context, i);
      setTimers(context, TimerKind.taskTimeout, timers, 1);
    }),
    timerBlock(base, `${timers} windows`, (context) => {
      for (const i of all) postedTask(context, i);
      setTimers(context, TimerKind.windowEnd, timers, 1);
    }),
    timerBlock(base, `${panels.length} panels of ${SEATS}, nobody committed`, (context) => {
      for (const i of panels) panelTask(context, i, 'commit', 0);
      setTimers(context, TimerKind.commitEnd, panels.length, SEATS);
    }),
    timerBlock(base, `${panels.length} panels of ${SEATS}, one did not reveal`, (context) => {
      for (const i of panels) panelTask(context, i, 'reveal', SEATS - 1);
      setTimers(context, TimerKind.revealEnd, panels.length, SEATS);
    }),
  ];
}
