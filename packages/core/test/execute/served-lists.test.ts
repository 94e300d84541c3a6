import {
  ProviderStatus,
  readAccount,
  readChain,
  readProvider,
  readTask,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import { penalizeSeat } from '../../src/execute/economy/penalty.ts';
import { processAddBond } from '../../src/execute/operations/add-bond.ts';
import { listsServing } from '../../src/execute/providers/provider-lists.ts';
import { countServingOperators } from '../../src/execute/providers/served-lists.ts';
import { readModel } from '../../src/state/read.ts';
import { ANSWER_FACTS, CLAIM_FACTS } from './named-facts.ts';
import {
  BOND,
  NO_HASH,
  open,
  operatorOf,
  operators,
  register,
  seated,
  submit,
  user,
  watcher,
} from './panel-scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

const ANSWER = Uint8Array.of(1);
const OTHER = Uint8Array.of(2);
const at = (i: number): Person => operators[i] as Person;
const balance = (chain: TestChain, by: Person): bigint => readAccount(chain.state, by.address).balance;

/** Operators that serve the model, those of `except` left out. */
function serving(chain: TestChain, id: string, except: readonly Uint8Array[] = []): number {
  const model = readModel(chain.state, id);
  if (model === undefined) throw new Error(`no model ${id}`);
  return countServingOperators(chain.state, listsServing(model, model), except);
}

const answerOf = (
  provider: string,
  more: Partial<OperationOf<'submitResult'>> = {},
): OperationOf<'submitResult'> => ({
  kind: 'submitResult',
  taskId: 't',
  provider,
  ...ANSWER_FACTS,
  output: ANSWER,
  error: '',
  computeTimeMs: 1n,
  proof: NO_HASH,
  sessionSignature: new Uint8Array(),
  ...more,
});

const challenge: OperationOf<'challenge'> = {
  kind: 'challenge',
  taskId: 't',
  ...CLAIM_FACTS,
  output: OTHER,
  bond: 10n ** 16n,
  rootCommitment: NO_HASH,
};

/** Task t of the opaque model, with a posted answer. @returns who gave it */
function posted(chain: TestChain): string {
  chain.must(user, submit({ model: 'adder', mode: 0 }));
  chain.mine();
  const [provider] = seated(chain) as [string];
  chain.must(operatorOf(provider), answerOf(provider));
  return provider;
}

describe('the counters of those who serve a model', () => {
  it('count operators, not providers, and whoever serves all for genesis and kernel models', () => {
    const chain = open(2, ['adder']);
    chain.must(at(0), register('second', at(0), ['adder', 'wdbc-int8']));
    chain.must(at(2), register('all', at(2)));
    expect(serving(chain, 'adder')).toBe(2);
    expect(serving(chain, 'adder', [at(0).address, at(0).address, at(2).address])).toBe(1);
    expect(serving(chain, 'wdbc-int8')).toBe(2);
    expect(serving(chain, 'qwen3-8b')).toBe(1);
  });

  it('add, because the providers of one operator all name their models or all name none', () => {
    const chain = open(2, ['adder']);
    expect(chain.apply(at(0), register('all', at(0)))).toBe('mixed_lists');
    chain.must(at(3), register('every', at(3)));
    expect(chain.apply(at(3), register('named', at(3), ['adder']))).toBe('mixed_lists');
    chain.must(at(3), register('every-too', at(3)));
  });

  it('leave out who unbonds at once', () => {
    const chain = open(3, ['adder']);
    chain.must(at(0), { kind: 'beginUnbond', id: 'p0' });
    expect(serving(chain, 'adder')).toBe(2);
    expect(serving(chain, 'adder', [at(0).address])).toBe(2);
  });

  it('leave out a convicted provider', () => {
    const chain = open(2);
    chain.must(user, submit({ mode: 0 }));
    chain.mine();
    const [liar] = seated(chain) as [string];
    chain.must(operatorOf(liar), answerOf(liar, { output: Uint8Array.of(99) }));
    expect(serving(chain, 'wdbc-int8')).toBe(2);
    const right = [0, 1].map((byte) => Uint8Array.of(byte));
    for (const output of right) chain.apply(watcher, { ...challenge, output });
    expect(readProvider(chain.state, liar)).toMatchObject({ status: ProviderStatus.slashed, listed: false });
    expect(serving(chain, 'wdbc-int8')).toBe(1);
  });

  it('leave out a bond below a quarter of the least one, until there is enough again', () => {
    const chain = open(3, ['adder']);
    const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
    const count = (): number => {
      const model = readModel(context.state, 'adder');
      return model === undefined ? -1 : countServingOperators(context.state, listsServing(model, model), []);
    };
    // The largest fee: each penalty of a seat burns an eighth of the bond.
    for (let i = 0; i < 6; i++) penalizeSeat(context, 'p2', BOND / 80n);
    expect(readProvider(context.state, 'p2')).toMatchObject({ bond: BOND / 4n, listed: true });
    expect(count()).toBe(3);
    penalizeSeat(context, 'p2', BOND / 80n);
    expect(readProvider(context.state, 'p2')).toMatchObject({ listed: false, serves: ['adder'] });
    expect(count()).toBe(2);
    const add = (amount: bigint): void =>
      processAddBond(context, at(2).address, { kind: 'addBond', id: 'p2', amount });
    add(BOND / 8n - 1n);
    expect(count()).toBe(2);
    add(1n);
    expect(readProvider(context.state, 'p2')).toMatchObject({ bond: BOND / 4n, listed: true });
    expect(count()).toBe(3);
  });
});

describe('a task that nobody can take', () => {
  it('is refunded at once when the last other operator has failed it', () => {
    const chain = open(2, ['adder']);
    const before = balance(chain, user);
    chain.must(user, submit({ model: 'adder', mode: 0 }));
    chain.mine();
    const [first] = seated(chain) as [string];
    const leaving = first === 'p0' ? 'p1' : 'p0';
    chain.must(operatorOf(leaving), { kind: 'beginUnbond', id: leaving });
    chain.must(operatorOf(first), answerOf(first, { output: new Uint8Array(), error: 'out of memory' }));
    expect(readTask(chain.state, 't')).toMatchObject({
      status: TaskStatus.failed,
      settlement: Settlement.void,
      error: 'no_other_provider',
      escrow: 0n,
    });
    expect(before - balance(chain, user)).toBe(readTask(chain.state, 't')?.burned);
    expect(readChain(chain.state)).toMatchObject({ queueCount: 0, timersPending: 0, tasksOpen: 0n });
  });
});

describe('whether a result can be challenged', () => {
  it('is fixed at the submission: a committee and two operators serve the model beside the requester', () => {
    const chain = open(6, ['adder']);
    posted(chain);
    chain.must(at(6), register('p6', at(6), ['adder']));
    // One more is too late for this task.
    expect(readTask(chain.state, 't')?.verifiable).toBe(false);
    expect(chain.apply(watcher, challenge)).toBe('not_verifiable');
  });

  it('stays when others leave, and a committee that cannot be drawn voids the result for a part', () => {
    const chain = open(7, ['adder']);
    const provider = posted(chain);
    expect(readTask(chain.state, 't')?.verifiable).toBe(true);
    const others = operators.slice(0, 7).filter((by) => by !== operatorOf(provider));
    chain.mine(others.map((by) => chain.sign(by, { kind: 'beginUnbond', id: `p${operators.indexOf(by)}` })));
    expect(chain.apply(watcher, challenge)).toBe('');
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.disputed);
  });

  it('is so for every int8 model and every panel, and never for what is not deterministic', () => {
    const chain = open(3);
    chain.must(user, submit({ mode: 0 }));
    expect(readTask(chain.state, 't')?.verifiable).toBe(true);
    chain.must(user, submit({ id: 'panel', n: 3 }));
    expect(readTask(chain.state, 'panel')?.verifiable).toBe(true);
    chain.must(user, submit({ id: 'chat', model: 'qwen3-8b', mode: 0 }));
    expect(readTask(chain.state, 'chat')?.verifiable).toBe(false);
  });
});

describe('a provider that leaves', () => {
  it('stands in its lists until its bond leaves, and is drawn for no task', () => {
    const chain = open(3, ['adder'], { params: { unbondBlocks: 200, development: true } });
    chain.must(at(0), { kind: 'beginUnbond', id: 'p0' });
    expect(readProvider(chain.state, 'p0')).toMatchObject({ listed: true, serves: ['adder'] });
    for (let i = 0; i < 4; i++) {
      chain.must(user, submit({ id: `t${i}`, model: 'adder', mode: 0 }));
      chain.mine();
      expect(readTask(chain.state, `t${i}`)?.assignedTo).not.toBe('p0');
    }
    chain.mineUntil(readProvider(chain.state, 'p0')?.withdrawableAtHeight ?? 0);
    chain.must(at(0), { kind: 'withdrawBond', id: 'p0' });
    expect(readProvider(chain.state, 'p0')).toMatchObject({ listed: false, bond: 0n });
  });
});
