import { readProvider, readTask, TaskStatus } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../../src/execute/block/execute-block.ts';
import { writeProvider } from '../../../src/execute/context/block-context.ts';
import { readQueueNode } from '../../../src/execute/tasks/queue.ts';
import type { QueueNode } from '../../../src/state/records/timer.ts';
import { open, operators, register, submit, user } from '../panel-scenario.ts';
import { changeState, type Person, type TestChain } from '../test-chain.ts';

const at = (i: number): Person => operators[i] as Person;
const FEE = 5_000_000n;
const ask = (id: string, fee = FEE) => submit({ id, model: 'adder', mode: 0, fee });
const isWaiting = (chain: TestChain, id: string): boolean =>
  readTask(chain.state, id)?.status === TaskStatus.pending;

function nodeOf(chain: TestChain, id: string): QueueNode {
  const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
  return readQueueNode(context, id);
}

/** Blocks between the visits of a waiting task, of which the first is its first one. */
function gapsOf(chain: TestChain, id: string, blocks: number): readonly number[] {
  const heights: number[] = [];
  let known = 0;
  for (let i = 0; i < blocks; i++) {
    chain.mine();
    const { visitFrom } = nodeOf(chain, id);
    if (visitFrom !== known) heights.push(chain.height);
    known = visitFrom;
  }
  return heights.slice(1).map((height, i) => height - (heights[i] ?? 0));
}

/** Eight providers that ask for more than the fee of {@link ask}. */
function openDear(tries: number): TestChain {
  const chain = open(8, ['adder'], { params: { development: true, assignmentTriesPerBlock: tries } });
  changeState(chain, (context) => {
    for (let i = 0; i < 8; i++) {
      const provider = readProvider(context.state, `p${i}`);
      if (provider === undefined) throw new Error('no provider');
      const leastFee = { now: 2n * FEE, next: 2n * FEE, fromEpoch: 0n };
      writeProvider(context, { ...provider, leastFee });
    }
  });
  chain.verifies = false;
  return chain;
}

describe('a task that nobody takes', () => {
  it('is visited after 1, 2, 4 … 32 blocks', () => {
    const chain = openDear(1_024);
    chain.must(user, ask('t'));
    expect(gapsOf(chain, 't', 140)).toEqual([1, 2, 4, 8, 16, 32, 32, 32]);
  });

  it('does not keep others waiting for the draws that it took: each block paid for it again', () => {
    // Twelve tasks draw eight providers each, a block has ten tries: a good task waited for them to have their turns.
    const chain = openDear(10);
    const bad = Array.from({ length: 12 }, (_, i) => `bad-${i}`);
    chain.mine(bad.map((id, i) => chain.sign(user, ask(id), BigInt(i))));
    for (let i = 0; i < 150; i++) chain.mine();
    expect(bad.every((id) => isWaiting(chain, id))).toBe(true);
    const waited = Array.from({ length: 6 }, (_, i) => {
      const id = `good-${i}`;
      chain.must(user, ask(id, 2n * FEE));
      let blocks = 0;
      for (; isWaiting(chain, id); blocks++) chain.mine();
      return blocks;
    });
    expect(waited.reduce((sum, blocks) => sum + blocks, 0) / waited.length).toBeLessThan(3);
  });

  it('is visited at once when a list grows in which it found nobody', () => {
    const chain = openDear(1_024);
    chain.must(user, ask('t'));
    for (let i = 0; i < 70; i++) chain.mine();
    expect(nodeOf(chain, 't').visitFrom - chain.height).toBeGreaterThan(3);
    chain.must(at(8), register('new', at(8), ['adder']));
    chain.mine();
    expect(readTask(chain.state, 't')?.assignedTo).toBe('new');
  });

  it('is called by a list at most once in 32 blocks, whoever comes and goes', () => {
    const chain = openDear(1_024);
    chain.must(user, ask('t'));
    for (let i = 0; i < 70; i++) chain.mine();
    const called: number[] = [];
    for (let i = 0; i < 80; i++) {
      // Somebody of no use joins in every block.
      const { visitFrom } = nodeOf(chain, 't');
      chain.mine([chain.sign(at(9), register(`more-${i}`, at(9), ['adder']))]);
      changeState(chain, (context) => {
        const provider = readProvider(context.state, `more-${i}`);
        if (provider === undefined) throw new Error('no provider');
        writeProvider(context, { ...provider, leastFee: { now: 2n * FEE, next: 2n * FEE, fromEpoch: 0n } });
      });
      if (nodeOf(chain, 't').visitFrom !== visitFrom && chain.height < visitFrom) called.push(chain.height);
    }
    expect(called.length).toBeGreaterThan(1);
    for (const [i, height] of called.slice(1).entries())
      expect(height - (called[i] ?? 0)).toBeGreaterThanOrEqual(32);
  });
});

describe('a task for which everybody is merely busy', () => {
  it('waits four blocks at most for its next visit', () => {
    const chain = open(2, ['adder'], { config: { taskTimeout: '300s' }, params: { development: true } });
    const ids = Array.from({ length: 8 }, (_, i) => `t${i}`);
    for (const id of ids) chain.must(user, ask(id));
    const waiting = ids.filter((id) => isWaiting(chain, id));
    expect(waiting.length).toBeGreaterThan(0);
    for (let i = 0; i < 20; i++) chain.mine();
    for (const id of waiting) expect(nodeOf(chain, id).visitFrom - chain.height).toBeLessThanOrEqual(4);
  });
});
