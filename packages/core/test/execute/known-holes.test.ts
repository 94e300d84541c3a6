import { parseBlock } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import { createGenesis, parseGenesis, verifyBlock } from '@aivm/core/execute';
import { ProviderStatus, readProvider, TaskStatus } from '@aivm/core/state';
import { signTransaction } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import {
  alice,
  answer,
  BOND,
  bob,
  carol,
  challenge,
  dave,
  eve,
  FAST,
  frank,
  inputOf,
  mallory,
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
import { disgrace, person, TestChain } from './test-chain.ts';

/** Ways in which designs of this kind have been broken; docs/reliability.md lists all with their tests. */
describe('a known hole', () => {
  it('is shut: a provider drawn, unbonding and gone before its result is judged', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    chain.must(alice, submitTask('t'));
    untilAssigned(chain, 't');
    chain.must(bob, { kind: 'beginUnbond', id: 'p' });
    chain.must(bob, submitResult('t', 'p', { output: rightOutput(inputOf(1)).map((byte) => byte ^ 1) }));
    expect(chain.apply(bob, { kind: 'withdrawBond', id: 'p' })).toBe('bond_reserved');
    chain.must(eve, challenge('t'));
    expect(readProvider(chain.state, 'p')).toMatchObject({ status: ProviderStatus.slashed, bond: 0n });
  });

  it('is shut: choosing a panel by the text of the task', () => {
    const operators = [bob, carol, dave, frank, mallory];
    const drawnAt = (seconds: number): string => {
      const chain = new TestChain(FAST, people);
      chain.mine(operators.map((by, i) => chain.sign(by, registerProvider(by, `p-${i}`))));
      const transactions = Array.from({ length: 5 }, (_, i) =>
        chain.sign(alice, submitTask(`t-${i}`), BigInt(i)),
      );
      // The same tasks, known beforehand to the letter; only the block that carries them differs.
      chain.mine(transactions, seconds);
      chain.mine();
      return Array.from({ length: 5 }, (_, i) => taskOf(chain, `t-${i}`).assignedTo).join();
    };
    expect(new Set([1, 2, 3, 4].map(drawnAt)).size).toBeGreaterThan(1);
  });

  it('is shut: a fee that the id of its transaction does not cover', () => {
    const sign = (fee: bigint) =>
      signTransaction(
        {
          chainId: 1n,
          genesisHash: ZERO_HASH,
          nonce: 0n,
          expiry: 0n,
          operation: submitTask('t', { fee }),
        },
        alice.key,
      );
    const [cheap, dear] = [sign(10_000_000n), sign(10_000_001n)];
    expect(bytesToHex(cheap.id)).not.toBe(bytesToHex(dear.id));
  });

  it('is shut: bonds whose sum does not fit 64 bits', () => {
    const operators = Array.from({ length: 20 }, (_, i) => person(120 + i));
    const chain = new TestChain({}, operators);
    chain.mine(operators.map((by, i) => chain.sign(by, registerProvider(by, `p-${i}`))));
    expect(chain.supply()).toMatchObject({ bonds: 20n * BOND, balanced: true });
    expect(20n * BOND > (1n << 64n) - 1n).toBe(true);
  });

  it('is shut: a root that follows the order of a map', () => {
    const entries = people.map(({ address }, i) => [`0x${bytesToHex(address)}`, String(1_000 + i)] as const);
    const rootOf = (list: typeof entries): string =>
      bytesToHex(
        createGenesis(
          parseGenesis({
            version: 1,
            message: 'm',
            timestamp: 1,
            chainId: 7,
            allocations: Object.fromEntries(list),
          }),
        ).block.id,
      );
    expect(rootOf([...entries].reverse())).toBe(rootOf(entries));
  });

  it('is shut: a block that is parsed and cannot be accepted, or whose id depends on itself', () => {
    const chain = new TestChain(FAST, people);
    const { block } = chain.build([chain.sign(alice, submitTask('t'))]);
    const parsed = parseBlock(block.bytes);
    expect(parsed.id).toEqual(block.id);
    expect(parseBlock(parsed.bytes).bytes).toEqual(block.bytes);
    const result = verifyBlock({ parent: chain.parent, block: parsed });
    chain.state.commit(result);
    expect(chain.state.root).toEqual(block.header.stateRoot);
  });

  it('is shut: weights that change under an open task', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    const kernel = { checkClass: 1, deterministic: true, weights: WDBC_WEIGHTS, weightHash: ZERO_HASH };
    chain.must(carol, registerModel('kernel', kernel));
    chain.must(alice, submitTask('t', { model: 'kernel' }));
    const { weightHash } = taskOf(chain, 't');
    const other = WDBC_WEIGHTS.map((byte) => byte ^ 0x55);
    chain.must(carol, { kind: 'updateModelWeights', id: 'kernel', weights: other, weightHash: ZERO_HASH });
    answer(chain, 't');
    expect(taskOf(chain, 't').weightHash).toEqual(weightHash);
    // Whoever holds the new weights against the old answer loses.
    chain.must(eve, challenge('t', { output: rightOutput(inputOf(1)).map((byte) => byte ^ 1) }));
    expect(readProvider(chain.state, 'p')?.status).toBe(ProviderStatus.active);
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't').status).toBe(TaskStatus.completed);
  });

  it('is shut: timers that a backlog of waiting tasks starves', () => {
    const params = { ...FAST.params, assignmentTriesPerBlock: 1, maxAssignmentsPerBlock: 1 };
    const chain = new TestChain({ ...FAST, params }, people);
    chain.must(bob, registerProvider(bob, 'p'));
    disgrace(chain, bob);
    const ids = Array.from({ length: 40 }, (_, i) => `t-${i}`);
    chain.mine(ids.map((id, i) => chain.sign(alice, submitTask(id, { deadlineBlocks: 6n }), BigInt(i))));
    const { deadlineHeight } = taskOf(chain, 't-39');
    chain.mineUntil(deadlineHeight - 1);
    expect(ids.every((id) => taskOf(chain, id).status === TaskStatus.pending)).toBe(true);
    chain.mine();
    expect(ids.every((id) => taskOf(chain, id).endedAtHeight === deadlineHeight)).toBe(true);
  });

  it('is shut: a halted chain that times out every honest provider when it goes on', () => {
    const chain = new TestChain(FAST, people);
    chain.must(bob, registerProvider(bob, 'p'));
    chain.must(alice, submitTask('t'));
    untilAssigned(chain, 't');
    // A day without blocks is no time: deadlines are heights.
    chain.mine([chain.sign(bob, submitResult('t', 'p'))], 86_400);
    expect(chain.last.outcomes[0]?.code).toBe('');
    chain.mineUntil(taskOf(chain, 't').finalAtHeight);
    expect(taskOf(chain, 't').status).toBe(TaskStatus.completed);
  });
});
