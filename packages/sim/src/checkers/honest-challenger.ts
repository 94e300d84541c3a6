import { equalBytes } from '@aivm/core/bytes';
import { readModel, readTaskInput, Settlement } from '@aivm/core/state';
import { opaqueAnswer } from '../world/right-answer.ts';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { isConspiracy } from './conspiracy.ts';
import { NetworkTruth } from './network-truth.ts';
import { Truth } from './truth.ts';

type ChallengeEvent = Extract<ObservedBlock['events'][number], { kind: 'challenge' }>;

/**
 * The chain judges an int8 challenge as arithmetic does: an honest challenger never loses against a false result, and
 * nobody wins against a right one. A committee judges an opaque result so too, unless a majority of it conspires.
 */
export const createHonestChallengerChecker: CreateChecker = ({ cast, mirror, fail }) => {
  const truth = new Truth();
  const networks = new NetworkTruth();
  const convicted = new Set<string>();
  const posted = new Map<string, Uint8Array>();
  /** Right outputs of deterministic opaque models, by task. */
  const opaque = new Map<string, Uint8Array>();
  const note = ({ block, outcomes, changes }: ObservedBlock): void => {
    for (const { before, after } of changes.task) {
      if (before !== undefined || after === undefined) continue;
      const input = readTaskInput(mirror, after.id);
      const { deterministic = false } = readModel(mirror, after.model) ?? {};
      if (deterministic && input !== undefined) opaque.set(after.id, opaqueAnswer(input));
    }
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'submitResult' || outcomes[i]?.code !== '') continue;
      posted.set(operation.taskId, operation.output);
    }
  };
  /** A committee: a false result must not stand, a right one must not fall by its verdict. */
  const checkCommittee = (block: ObservedBlock, taskId: string, upheld: boolean): void => {
    const right = opaque.get(taskId);
    const output = posted.get(taskId);
    if (right === undefined || output === undefined || isConspiracy(block, taskId, cast)) return;
    const isFalse = !equalBytes(right, output);
    const stands = block.changes.task.some(
      ({ after }) => after?.id === taskId && after.settlement === Settlement.final,
    );
    if (isFalse ? stands : upheld) {
      const found = isFalse ? 'false and stands' : 'right and falls';
      fail(
        `height ${block.height}: the result of ${taskId} is ${found}, with less than a majority conspiring`,
      );
    }
  };
  /** A game: nobody wins one against a right result, and no honest challenger loses one against a false result. */
  const checkGame = (height: number, event: ChallengeEvent): void => {
    const isRight = networks.isRight(event.taskId);
    if (isRight === true && event.upheld)
      fail(`height ${height}: a game was won against the right result of ${event.taskId}`);
    // Games against whom another game convicted end without a winner.
    if (convicted.has(event.provider)) return;
    if (isRight === false && !event.upheld && cast.isHonest(event.challenger))
      fail(`height ${height}: an honest challenger lost a game over ${event.taskId}`);
  };
  return {
    name: 'honest-challenger',
    onBlock(block) {
      truth.apply(block, mirror);
      networks.apply(block, mirror);
      for (const event of block.events) if (event.kind === 'conviction') convicted.add(event.provider);
      note(block);
      for (const event of block.events) {
        if (event.kind !== 'challenge') continue;
        const { taskId, upheld, challenger } = event;
        checkGame(block.height, event);
        const right = truth.of(taskId);
        if (right === undefined) {
          checkCommittee(block, taskId, upheld);
          continue;
        }
        const isFalse = posted.get(taskId)?.[0] !== right;
        if (isFalse !== upheld) {
          const found = isFalse ? 'false' : 'right';
          fail(`height ${block.height}: the result of ${taskId} is ${found}, judged otherwise`);
        }
        if (!upheld && cast.isHonest(challenger))
          fail(`height ${block.height}: an honest challenger lost over ${taskId}`);
      }
    },
  };
};
