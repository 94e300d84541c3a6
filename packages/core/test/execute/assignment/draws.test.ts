import {
  listProviders,
  readChain,
  readPanel,
  readTask,
  readWholePanel,
  type TaskRecord,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createBudget, drawProviders, type Vacancy } from '../../../src/execute/assignment/candidates.ts';
import { createContext } from '../../../src/execute/block/execute-block.ts';
import { type BlockContext, writeOperator } from '../../../src/execute/context/block-context.ts';
import { readOperator } from '../../../src/state/read.ts';
import { type Draw, NO_DRAW, WaitReason } from '../../../src/state/records/task.ts';
import { ANSWER_FACTS, CLAIM_FACTS } from '../named-facts.ts';
import {
  NO_HASH,
  opaqueModel,
  open,
  operatorOf,
  operators,
  register,
  seated,
  submit,
  user,
  watcher,
} from '../panel-scenario.ts';
import { TestChain } from '../test-chain.ts';

const contextOf = (chain: TestChain, seconds = 1): BlockContext =>
  createContext(chain.parent, { timestamp: chain.tip.header.timestamp + seconds });
const taskOf = (chain: TestChain, id = 't'): TaskRecord => {
  const task = readTask(chain.state, id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
};
const seatOf = (task: TaskRecord, draw: Draw = NO_DRAW): Vacancy => ({
  task,
  kind: 'seat',
  panel: 1,
  round: 0,
  seat: 0,
  excluded: [],
  draw,
});

describe('the draws of a panel', () => {
  it('do not wait for a queue of tasks that nobody takes: one seat of a committee a block', () => {
    // A queue spent the tries of every block, so that committees stayed incomplete and lies became final.
    const chain = open(8, ['adder'], { params: { development: true, assignmentTriesPerBlock: 10 } });
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const [provider] = seated(chain) as [string];
    const rest = { error: '', computeTimeMs: 1n, proof: NO_HASH, sessionSignature: new Uint8Array() };
    const answer = { kind: 'submitResult', taskId: 't', provider, ...ANSWER_FACTS } as const;
    chain.must(operatorOf(provider), { ...answer, output: Uint8Array.of(1), ...rest });
    // Everybody is busy, and forty more tasks wait.
    const ids = Array.from({ length: 48 }, (_, i) => `w${i}`);
    chain.mine(ids.map((id, i) => chain.sign(user, submit({ id, model: 'adder', mode: 0 }), BigInt(i))));
    for (let i = 0; i < 12; i++) chain.mine();
    expect(readChain(chain.state).queueCount).toBe(40);
    const claim = { output: Uint8Array.of(9), bond: 10n ** 16n, rootCommitment: NO_HASH };
    chain.must(watcher, { kind: 'challenge', taskId: 't', ...CLAIM_FACTS, ...claim });
    for (let drawn = 1; drawn <= 5; drawn++) {
      chain.mine();
      expect(readPanel(chain.state, 't')?.drawn).toBe(drawn);
    }
    const heights = readWholePanel(chain.state, 't')?.seats.map(({ drawnAtHeight }) => drawnAtHeight);
    expect(heights).toEqual([4, 3, 2, 1, 0].map((back) => chain.height - back));
  });

  it('are one seat a block for each, and at most half of the assignments of a block for redundant tasks', () => {
    const chain = open(8, ['adder'], { params: { development: true, maxAssignmentsPerBlock: 4 } });
    const ids = ['a', 'b', 'c', 'd'];
    chain.mine(ids.map((id, i) => chain.sign(user, submit({ id, model: 'adder', n: 3 }), BigInt(i))));
    chain.mine();
    const drawn = () => ids.map((id) => readPanel(chain.state, id)?.drawn ?? 0);
    expect(drawn().filter((count) => count === 1)).toHaveLength(2);
    chain.mine();
    expect(drawn().filter((count) => count === 2)).toHaveLength(2);
    while (drawn().some((count) => count < 3)) chain.mine();
    for (const id of ids) expect(taskOf(chain, id).settlement).not.toBe(0);
  });
});

describe('a draw that a block cannot end', () => {
  it('goes on with the seed of the block in which it began', () => {
    const chain = open(8, ['adder'], { params: { development: true, assignmentTriesPerBlock: 4 } });
    // Every operator is below the least reputation, and nobody can be drawn.
    for (const provider of listProviders(chain.state)) {
      const context = contextOf(chain);
      writeOperator(context, provider.operator, {
        ...readOperator(context.state, provider.operator),
        reputation: 0,
      });
      for (const [key, value] of context.state.writes())
        if (value !== undefined) chain.state.values.set(key, value);
    }
    chain.verifies = false;
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const { seed } = readChain(chain.state);
    expect(taskOf(chain)).toMatchObject({ waitReason: WaitReason.drawsSpent, draw: { seed, draws: 3 } });
    chain.mine();
    expect(readChain(chain.state).seed).not.toEqual(seed);
    expect(taskOf(chain).draw).toEqual({ seed, draws: 6 });
  });

  it('draws the same from there on in whatever block', () => {
    const chain = open(8, ['adder']);
    chain.mine([chain.sign(user, submit({ model: 'adder' }))]);
    const began = drawProviders(contextOf(chain), seatOf(taskOf(chain)), createBudget(1), 3);
    expect(began).toMatchObject({ isCut: true, draw: { draws: 1 } });
    const goOn = (context: BlockContext) =>
      drawProviders(context, seatOf(taskOf(chain), began.draw), createBudget(100), 3).found.map(
        ({ id }) => id,
      );
    const expected = goOn(contextOf(chain));
    for (let i = 0; i < 4; i++) {
      chain.mine();
      expect(goOn(contextOf(chain))).toEqual(expected);
    }
    const fresh = Array.from({ length: 4 }, () => {
      chain.mine();
      const { found } = drawProviders(contextOf(chain), seatOf(taskOf(chain)), createBudget(100), 3);
      return found.map(({ id }) => id).join();
    });
    expect(new Set(fresh).size).toBeGreaterThan(1);
  });

  it('differs by panel, round and seat', () => {
    const chain = open(8, ['adder']);
    chain.mine([chain.sign(user, submit({ model: 'adder' }))]);
    const of = (more: Partial<Vacancy>): string =>
      drawProviders(contextOf(chain), { ...seatOf(taskOf(chain)), ...more }, createBudget(100), 8)
        .found.map(({ id }) => id)
        .join();
    const drawn = [{}, { panel: 2 }, { round: 1 }, { seat: 1 }, { seat: 2 }].map(of);
    expect(new Set(drawn).size).toBe(5);
    expect(of({})).toBe(drawn[0]);
  });
});

describe('the providers of an operator that a task excludes', () => {
  it('cost no tries: a requester cannot spend the draws of its own task', () => {
    const chain = new TestChain({}, [user, ...operators]);
    chain.must(user, opaqueModel);
    chain.mine(
      Array.from({ length: 30 }, (_, i) => chain.sign(user, register(`own${i}`, user, ['adder']), BigInt(i))),
    );
    chain.mine(operators.slice(0, 6).map((by, i) => chain.sign(by, register(`p${i}`, by, ['adder']))));
    chain.must(user, submit({ model: 'adder' }));
    for (let i = 0; i < 50; i++) {
      const budget = createBudget(10);
      const { found } = drawProviders(contextOf(chain), seatOf({ ...taskOf(chain), id: `t${i}` }), budget, 6);
      expect(found).toHaveLength(6);
      expect(budget.tries).toBe(4);
      expect(budget.visits).toBeGreaterThanOrEqual(40 - 36);
    }
  });
});
