import { Settlement, type TaskRecord as Task } from '@aivm/core/state';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { PostedTerms } from './posted-terms.ts';
import { Truth } from './truth.ts';

/** With fewer timers a height than this a window may have to end at a later one. */
const TIMER_SLOTS_PLENTY = 1_024;
/** Heights that a full one pushes a timer on by, at most. */
const SLIP = 63;

const isPosted = (task: Task | undefined): boolean =>
  task?.settlement === Settlement.posted || task?.settlement === Settlement.disputed;

/**
 * A window is shortened for whom hardware vouches, by as much as its score says, and for nobody else; an answer may be
 * relied on before its end only where the chain says so; its money stays where it is until then; and a proof of fraud
 * beats every attestation. Else evidence is a licence to lie, and the time of those who look is for sale.
 */
export const createWindowsChecker: CreateChecker = ({ genesis, mirror, fail }) => {
  const terms = new PostedTerms(genesis);
  const truth = new Truth();
  const slip = genesis.params.timerSlots >= TIMER_SLOTS_PLENTY ? 0 : SLIP;
  /** Providers that were convicted. */
  const convicted = new Set<string>();
  const checkPosted = (height: number, task: Task): void => {
    const promised = terms.of(task.id);
    if (promised === undefined) return;
    const { windowBlocks, usable, isTrusted } = promised;
    const given = task.finalAtHeight - height;
    if (given < windowBlocks || given > windowBlocks + slip) {
      const who = isTrusted ? 'attested' : 'not attested';
      fail(
        `height ${height}: task ${task.id} of ${promised.provider}, ${who}: ${given} blocks, not ${windowBlocks}`,
      );
    }
    if (task.usable !== usable)
      fail(`height ${height}: task ${task.id}: usable ${task.usable}, not ${usable}`);
  };
  const checkChallenges = ({ height, block, outcomes, events }: ObservedBlock): void => {
    for (const event of events) if (event.kind === 'conviction') convicted.add(event.provider);
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'challenge' || outcomes[i]?.code !== '') continue;
      const right = truth.of(operation.taskId);
      const promised = terms.of(operation.taskId);
      if (right === undefined || promised === undefined || operation.output[0] !== right) continue;
      const judged = events.find((event) => event.kind === 'challenge' && event.taskId === operation.taskId);
      const isUpheld = judged?.kind === 'challenge' && judged.upheld;
      if (isUpheld && !convicted.has(promised.provider)) {
        fail(`height ${height}: ${promised.provider} lied on ${operation.taskId} and was not convicted`);
      }
    }
  };
  return {
    name: 'windows',
    onBlock(block) {
      truth.apply(block, mirror);
      const { height } = block;
      for (const task of terms.apply(block)) checkPosted(height, task);
      checkChallenges(block);
      for (const { before, after } of block.changes.task) {
        if (before === undefined || after === undefined || after.n > 0) continue;
        if (after.usable && isPosted(after) && terms.of(after.id)?.usable !== true) {
          fail(`height ${height}: task ${after.id} may be relied on, and nothing vouches for it`);
        }
        const isSame = isPosted(before) && isPosted(after) && before.postedAtHeight === after.postedAtHeight;
        if (!isSame) continue;
        if (after.escrow !== before.escrow || after.reservation !== before.reservation) {
          fail(`height ${height}: money of task ${after.id} moved before its window ended`);
        }
        if (after.finalAtHeight < before.finalAtHeight && after.settlement === before.settlement) {
          fail(`height ${height}: the window of task ${after.id} was cut short`);
        }
      }
    },
  };
};
