import { verifyBlock } from '@aivm/core/execute';
import {
  createReceiptProof,
  readAccount,
  readChain,
  readProvider,
  readReceiptFrontier,
  Settlement,
  TaskStatus,
  verifyReceiptProof,
} from '@aivm/core/state';
import { signTransaction, type Transaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import type { ReceiptNode } from '../../src/state/receipts-tree/frontier.ts';
import {
  alice,
  answer,
  BOND,
  bob,
  carol,
  challenge,
  complete,
  eve,
  FAST,
  inputOf,
  mallory,
  people,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  wrongOutput,
} from './scenario.ts';
import { disgrace, TestChain } from './test-chain.ts';

const input = inputOf(1);

function chainWith(by = bob, id = 'p'): TestChain {
  const chain = new TestChain(FAST, people);
  chain.must(by, registerProvider(by, id));
  return chain;
}

/**
 * What must never happen, one test each. The books are checked in every block of every test by TestChain, and all of
 * it together in random worlds by world.test.ts.
 */
describe('never', () => {
  it('is a result final before its height, or open to challenge at it', () => {
    const chain = chainWith();
    chain.must(alice, submitTask('t'));
    answer(chain, 't');
    const { finalAtHeight } = taskOf(chain, 't');
    const slander = challenge('t', { output: wrongOutput(input) });
    while (chain.height < finalAtHeight - 1) {
      expect(taskOf(chain, 't').settlement).toBe(Settlement.posted);
      const codes = chain.build([chain.sign(eve, slander)]).result.outcomes.map(({ code }) => code);
      // The block to come has the height in question: below the final one it may challenge.
      expect(codes).toEqual([chain.height + 1 < finalAtHeight ? '' : 'too_late']);
      chain.mine();
    }
    expect(chain.apply(eve, slander)).toBe('too_late');
    expect(taskOf(chain, 't')).toMatchObject({ settlement: Settlement.final, endedAtHeight: finalAtHeight });
  });

  it('is a false int8 result final while one honest watcher gets a transaction in, even in the last block', () => {
    const chain = chainWith(mallory);
    chain.must(carol, registerProvider(carol, 'spare'));
    disgrace(chain, carol);
    chain.must(alice, submitTask('t'));
    answer(chain, 't', wrongOutput(input));
    chain.mineUntil(taskOf(chain, 't').finalAtHeight - 2);
    chain.must(eve, challenge('t'));
    expect(taskOf(chain, 't').settlement).toBe(Settlement.open);
    expect(readReceiptFrontier(chain.state).count).toBe(0);
  });

  it('does an honest, timely provider lose anything to false accusers', () => {
    const chain = chainWith();
    for (const seed of [1, 2, 3]) {
      const id = `t-${seed}`;
      chain.must(alice, submitTask(id, { input: inputOf(seed) }));
      answer(chain, id);
      for (const by of [eve, mallory]) chain.must(by, challenge(id, { output: wrongOutput(inputOf(seed)) }));
      chain.mineUntil(taskOf(chain, id).finalAtHeight);
      expect(taskOf(chain, id).status).toBe(TaskStatus.completed);
    }
    expect(readProvider(chain.state, 'p')).toMatchObject({ bond: BOND, reserved: 0n, tasksFailed: 0n });
  });

  it('does an honest, timely challenger lose against a false int8 result', () => {
    const chain = chainWith(mallory);
    const before = readAccount(chain.state, eve.address).balance;
    chain.must(alice, submitTask('t'));
    answer(chain, 't', wrongOutput(input));
    chain.must(eve, challenge('t', { output: rightOutput(input) }));
    expect(readAccount(chain.state, eve.address).balance).toBeGreaterThan(before);
  });

  it('does a bond leave under a reservation, or get forfeited twice', () => {
    const chain = chainWith(mallory);
    chain.must(alice, submitTask('t'));
    answer(chain, 't', wrongOutput(input));
    chain.must(mallory, { kind: 'beginUnbond', id: 'p' });
    expect(chain.apply(mallory, { kind: 'withdrawBond', id: 'p' })).toBe('bond_reserved');
    // Two accusers in one block: both are right, and the bond is forfeited once.
    const accusers = [eve, carol].map((by) => chain.sign(by, challenge('t')));
    const { outcomes, events } = chain.mine(accusers);
    expect(outcomes.map(({ code }) => code)).toEqual(['', '']);
    expect(events.filter(({ kind }) => kind === 'conviction')).toMatchObject([{ forfeited: BOND }]);
    expect(chain.apply(carol, challenge('t'))).toBe('too_late');
  });

  it('does a replayed, foreign or reordered transaction take effect', () => {
    const chain = chainWith();
    const transfer = { kind: 'transfer', to: bob.address, amount: 5n } as const;
    const once = chain.sign(alice, transfer);
    chain.mine([once]);
    const after = readAccount(chain.state, bob.address).balance;
    const foreign = signTransaction({ ...chain.sign(alice, transfer), chainId: 99n }, alice.key);
    const ahead = chain.sign(alice, transfer, 1n);
    const { block, dropped, postponed } = chain.build([once, foreign, ahead]);
    expect(block.transactions).toEqual([]);
    expect(dropped.map(({ error }) => error.code).sort()).toEqual(['nonce_too_low', 'wrong_chain']);
    expect(postponed).toEqual([ahead]);
    chain.mine([once, foreign, ahead]);
    expect(readAccount(chain.state, bob.address).balance).toBe(after);
  });

  it('does a receipt proof verify at another index, count or leaf', () => {
    const chain = chainWith();
    const nodes = new Map<string, Uint8Array>();
    const leaves: Uint8Array[] = [];
    const keep = (kept: readonly ReceiptNode[]) => {
      for (const { level, index, hash } of kept) nodes.set(`${level}/${index}`, hash);
    };
    for (const id of ['a', 'b', 'c']) {
      complete(chain, id);
      keep(chain.last.receiptNodes);
      leaves.push(...chain.last.receipts.map(({ leaf }) => leaf));
    }
    expect(leaves.length).toBe(3);
    const { receiptsRoot: root, receiptCount: count } = chain.tip.header;
    const siblings = createReceiptProof({
      index: 1,
      count,
      getNode: (level, index) => nodes.get(`${level}/${index}`),
    });
    const claim = { root, count, index: 1, leaf: leaves[1] as Uint8Array, siblings };
    const verdict = (more: Partial<typeof claim>): boolean => verifyReceiptProof({ ...claim, ...more });
    expect(verdict({})).toBe(true);
    for (const wrong of [
      { index: 0 },
      { index: 2 },
      { count: 2 },
      { count: 4 },
      { leaf: leaves[0] as Uint8Array },
    ]) {
      expect([wrong, verdict(wrong)]).toEqual([wrong, false]);
    }
  });

  it('do two nodes have different roots for the same blocks', () => {
    const chain = chainWith();
    const second = chainWith();
    expect(second.tip.id).toEqual(chain.tip.id);
    for (const candidates of [[chain.sign(alice, submitTask('t'))], [], []]) {
      chain.mine(candidates);
      second.state.commit(verifyBlock({ parent: second.parent, block: chain.tip }));
      second.tip = chain.tip;
    }
    expect(second.entries()).toEqual(chain.entries());
    expect(second.state.root).toEqual(chain.state.root);
  });

  it('does the work of a block grow with what the chain has seen', () => {
    const writesOf = (chain: TestChain, id: string): readonly number[] => {
      chain.must(alice, submitTask(id));
      const sizes = [chain.last.writes.size];
      untilAssigned(chain, id);
      sizes.push(chain.last.writes.size);
      chain.must(bob, submitResult(id, 'p'));
      sizes.push(chain.last.writes.size);
      chain.mineUntil(taskOf(chain, id).finalAtHeight);
      return [...sizes, chain.last.writes.size];
    };
    const chain = chainWith();
    const first = writesOf(chain, 'first');
    for (let i = 0; i < 6; i++) complete(chain, `t-${i}`);
    // Slots that those tasks gave back go when their heights have passed.
    chain.mineUntil(chain.height + 10);
    expect(writesOf(chain, 'last')).toEqual(first);
  });

  it('is anything of a task left when it has ended', () => {
    const chain = chainWith();
    // As long as the ring of block ids: from here on it only turns.
    chain.mineUntil(64);
    const before = [...chain.entries().keys()];
    chain.must(alice, submitTask('t', { deadlineBlocks: 12n }));
    const { deadlineHeight } = taskOf(chain, 't');
    answer(chain, 't');
    chain.mineUntil(deadlineHeight);
    expect(taskOf(chain, 't').status).toBe(TaskStatus.completed);
    const added = [...chain.entries().keys()]
      .filter((key) => !before.includes(key))
      .map((key) => String.fromCharCode(Number.parseInt(key.slice(0, 2), 16)));
    // The task with its input and output, for ever.
    expect(added.sort()).toEqual(['i', 't', 'x']);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0 });
  });

  it('is a block in need of anything but its parent and its bytes', () => {
    const chain = chainWith();
    const transactions: Transaction[] = [chain.sign(alice, submitTask('t'))];
    const { block, result } = chain.build(transactions);
    for (let i = 0; i < 3; i++)
      expect(verifyBlock({ parent: chain.parent, block }).tree.root).toEqual(result.tree.root);
  });
});
