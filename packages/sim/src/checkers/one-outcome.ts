import { taskTimeoutBlocks } from '@aivm/core/execute';
import { Settlement, type TaskRecord as Task, TaskStatus } from '@aivm/core/state';
import type { CreateChecker } from './checker.ts';

/** Heights that a full timer height may push a timer on by, and the timers that can stand behind one another. */
const SLIP_MAX = 63 * 5;
const SEATS_MAX = 15;

const isOver = (task: Task | undefined): boolean => task !== undefined && task.status >= TaskStatus.completed;

/**
 * Every task ends exactly once, with a receipt if and only if it is final, and by a height that was known when it was
 * submitted: a task with two ends is paid twice, one with none locks somebody's money for ever.
 */
export const createOneOutcomeChecker: CreateChecker = ({ genesis: { config, params }, mirror, fail }) => {
  const timeout = taskTimeoutBlocks(config, params);
  // Two rounds of drawing and committing, and the reveals.
  const panel = 2 * (SEATS_MAX + params.drawSlackBlocks + timeout) + params.revealBlocks;
  const longest = timeout + Number(config.challengeWindowBlocks) + panel;
  /** A height can only be full where all the timers of the chain together would fill one. */
  let slip = 0;
  return {
    name: 'one-outcome',
    onBlock({ height, changes, events }) {
      for (const { after } of changes.chain) {
        if ((after?.timersPending ?? 0) * SEATS_MAX >= params.timerSlots) slip = SLIP_MAX;
      }
      const receipts = events.flatMap((event) => (event.kind === 'receipt' ? [event.taskId] : []));
      const ended = new Set<string>();
      for (const { before, after } of changes.task) {
        if (isOver(before)) fail(`height ${height}: task ${before?.id} changed after its end`);
        if (after === undefined) fail(`height ${height}: task ${before?.id} is gone`);
        else if (isOver(after)) {
          const isFinal = after.status === TaskStatus.completed;
          if ((after.settlement === Settlement.final) !== isFinal) fail(`task ${after.id}: final and failed`);
          if (isFinal) ended.add(after.id);
          if (height > after.deadlineHeight + longest + slip)
            fail(`task ${after.id} ended at ${height}, too late`);
        }
      }
      const isOneEach = receipts.length === ended.size && receipts.every((taskId) => ended.has(taskId));
      if (!isOneEach)
        fail(`height ${height}: receipts of ${receipts.join()}, final are ${[...ended].join()}`);
    },
    onEnd() {
      const open = mirror.all('task').filter((task) => !isOver(task));
      if (open.length > 0)
        fail(`never ended: ${open.map(({ id, settlement }) => `${id} (${settlement})`).join(', ')}`);
    },
  };
};
