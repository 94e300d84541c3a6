import { namedHash } from '@aivm/core/crypto';
import { ProviderStatus, readAccount, readProvider, readTask } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import {
  commit,
  draw,
  open,
  operatorOf as panelOperatorOf,
  reveal,
  right,
  submit,
  user,
} from './panel-scenario.ts';
import {
  alice,
  answer,
  bob,
  carol,
  challenge,
  eve,
  FAST,
  inputOf,
  people,
  registerModel,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  taskOf,
  untilAssigned,
  WDBC_WEIGHTS,
  ZERO_HASH,
} from './scenario.ts';
import { TestChain } from './test-chain.ts';

describe('M4: two chains with one chain id', () => {
  it('share no transactions', () => {
    const [one, other] = ['one', 'other'].map((message) => new TestChain({ ...FAST, message }, people)) as [
      TestChain,
      TestChain,
    ];
    expect(one.tip.header.chainId).toBe(other.tip.header.chainId);
    const paid = one.sign(alice, { kind: 'transfer', to: bob.address, amount: 5n });
    expect(one.mine([paid]).outcomes.map(({ code }) => code)).toEqual(['']);
    const { block, dropped } = other.build([paid]);
    expect(block.transactions).toEqual([]);
    expect(dropped.map(({ error }) => error.code)).toEqual(['wrong_chain']);
  });
});

describe('C1: an owner that updates the weights under an open task', () => {
  it('cannot have the honest answer judged by the new ones: what names them is stale and stakes nothing', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    const kernel = { checkClass: 1, deterministic: true, weights: WDBC_WEIGHTS, weightHash: ZERO_HASH };
    chain.must(carol, registerModel('kernel', kernel));
    chain.must(alice, submitTask('t', { model: 'kernel' }));
    const weights = WDBC_WEIGHTS.map((byte) => byte ^ 0x55);
    chain.must(carol, { kind: 'updateModelWeights', id: 'kernel', weights, weightHash: ZERO_HASH });
    const weightHash = namedHash('Weights', weights);
    const { provider, operator } = untilAssigned(chain, 't');
    // A worker that was told the new weights answers nothing, and may still answer rightly.
    expect(chain.apply(operator, submitResult('t', provider, { weightHash }))).toBe('stale_facts');
    answer(chain, 't');
    const { balance } = readAccount(chain.state, eve.address);
    const output = rightOutput(inputOf(1)).map((byte) => byte ^ 1);
    expect(chain.apply(eve, challenge('t', { output, weightHash }))).toBe('stale_facts');
    expect(balance - readAccount(chain.state, eve.address).balance).toBe(chain.last.outcomes[0]?.burned);
    expect(readProvider(chain.state, 'p')?.status).toBe(ProviderStatus.active);
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't').assignedTo).toBe('p');
  });
});

describe('N5: a member of a panel that was told other facts', () => {
  it.each([
    ['another panel', { panel: 2 }],
    ['another round', { round: 1 }],
    ['another place', { seat: 9 }],
    ['another attempt', { attempt: 1 }],
    ['another input', { inputHash: new Uint8Array(32).fill(1) }],
    ['other weights', { weightHash: new Uint8Array(32).fill(1) }],
  ])('about %s commits and reveals nothing', (_, facts) => {
    const chain = open(3);
    chain.mine([chain.sign(user, submit({ n: 3 }))]);
    const ids = draw(chain, 3);
    const [first] = ids as [string];
    const by = panelOperatorOf(first);
    const output = right(chain);
    const committed = commit(chain, first, output).operation;
    expect(chain.apply(by, { ...committed, ...facts } as typeof committed)).toBe('stale_facts');
    chain.mine(ids.map((id) => commit(chain, id, output)));
    const revealed = reveal(chain, first, output).operation;
    expect(chain.apply(by, { ...revealed, ...facts } as typeof revealed)).toBe('stale_facts');
    chain.mine(ids.map((id) => reveal(chain, id, output)));
    expect(readTask(chain.state, 't')?.outputHash).toEqual(namedHash('Output', output));
  });
});
