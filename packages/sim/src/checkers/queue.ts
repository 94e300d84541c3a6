import { bytesToHex } from '@aivm/core/bytes';
import { type TaskRecord, TaskStatus } from '@aivm/core/state';
import type { CheckContext, CreateChecker, ObservedBlock } from './checker.ts';

const PARTS = 32;
const CHEAP_PARTS = 16;
const FLOOR_BLOCKS = 1_000;

const isWaiting = (task: TaskRecord | undefined): boolean => task?.status === TaskStatus.pending;

/** The least that a place costs where so many wait. */
function priceOf({ config, params }: CheckContext['genesis'], task: TaskRecord, waiting: number): bigint {
  const filled = Math.floor((PARTS * waiting) / config.maxTaskQueueSize);
  const surge = 4n ** BigInt(Math.max(0, filled - CHEAP_PARTS));
  const blocks = task.deadlineHeight - task.createdAtHeight;
  // A deadline may slip behind full heights: what was asked for was at least one thousand fewer.
  return surge * params.feeFloor * BigInt(Math.max(1, Math.ceil((blocks - 64) / FLOOR_BLOCKS)));
}

/** Tasks that wait for their first attempt, by who has asked for them and by their model. */
class Waiting {
  readonly #counts = new Map<string, number>();

  apply({ changes }: ObservedBlock): void {
    for (const { before, after } of changes.task) {
      this.#add(before, -1);
      this.#add(after, 1);
    }
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #add(task: TaskRecord | undefined, step: number): void {
    if (task === undefined || !isWaiting(task) || task.attempt > 0) return;
    for (const key of keysOf(task)) this.#counts.set(key, this.of(key) + step);
  }
}

const keysOf = ({ requester, model }: TaskRecord): readonly string[] => [
  `account ${bytesToHex(requester)}`,
  `model ${model}`,
];

/** Whether the requester took a task back in this block. */
const isCancelled = ({ block, outcomes }: ObservedBlock, taskId: string): boolean =>
  block.transactions.some(
    ({ operation }, i) =>
      operation.kind === 'cancelTask' && operation.taskId === taskId && outcomes[i]?.code === '',
  );

/**
 * A place in the queue costs four times as much with each thirty-second of it beyond its half, nobody and no model has more than
 * half of it, and whoever stands in it stays until it is drawn, takes itself back, or its time is over: else the queue is for
 * sale for next to nothing, or those who wait pay for those who come later.
 */
export const createQueueChecker: CreateChecker = ({ genesis, fail }) => {
  const waiting = new Waiting();
  const half = Math.max(1, Math.floor(genesis.config.maxTaskQueueSize / 2));

  function checkPrices({ height, changes, block, outcomes }: ObservedBlock): void {
    const [chain] = changes.chain;
    const created = new Map(
      changes.task.flatMap(({ before, after }) =>
        before === undefined && after !== undefined ? [[after.id, after] as const] : [],
      ),
    );
    const returned = changes.task.filter(
      ({ before, after }) => before !== undefined && !isWaiting(before) && isWaiting(after),
    );
    // What stood in the queue when the first of them came, at least: others only leave it by cancelling in between.
    let least = (chain?.after?.queueCount ?? 0) - created.size - returned.length;
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'submitTask' || outcomes[i]?.code !== '') continue;
      const task = created.get(operation.id);
      if (task === undefined) continue;
      const price = priceOf(genesis, task, Math.max(0, least));
      if (task.burned < price)
        fail(`height ${height}: ${task.id} came in for ${task.burned} behind ${least} others, not ${price}`);
      least += 1;
    }
  }

  return {
    name: 'queue',
    onBlock(block) {
      const { height, changes } = block;
      waiting.apply(block);
      checkPrices(block);
      for (const { before, after } of changes.task) {
        if (before === undefined && after !== undefined) {
          for (const key of keysOf(after)) {
            if (waiting.of(key) > half)
              fail(`height ${height}: ${key} has ${waiting.of(key)} places of the queue`);
          }
        }
        if (!isWaiting(before) || before === undefined || after?.status !== TaskStatus.failed) continue;
        const isOver = height >= before.deadlineHeight;
        if (!isOver && !isCancelled(block, before.id) && after.error !== 'no_other_provider')
          fail(
            `height ${height}: ${before.id} was put out of the queue (${after.error}) before ${before.deadlineHeight}`,
          );
      }
    },
  };
};
