import { createBlock, createVertex } from '@aivm/core/block';
import { namedHash } from '@aivm/core/crypto';
import { verifyBlock } from '@aivm/core/execute';
import { readChain, readProvider } from '@aivm/core/state';
import { type Operation, signTransaction, type Transaction, transactionWork } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { canonicalOrder } from '../../../src/block/canonical-order.ts';
import { applyTransaction } from '../../../src/execute/block/apply-transaction.ts';
import type { BuiltBlock } from '../../../src/execute/block/build-block.ts';
import {
  beginBlock,
  createContext,
  createHeader,
  finishBlock,
} from '../../../src/execute/block/execute-block.ts';
import {
  alice,
  answer,
  challenge,
  eve,
  FAST,
  inputOf,
  mallory,
  registerProvider,
  submitResult,
  submitTask,
  taskOf,
  wrongOutput,
} from '../scenario.ts';
import { type Person, person, TestChain } from '../test-chain.ts';

const crowd = Array.from({ length: 20 }, (_, i) => person(120 + i));
const transfer: Operation = { kind: 'transfer', to: alice.address, amount: 1n };

/** Blocks of eight transactions: six plain ones, one more answer, one more dispute. mallory's lie about t is posted. */
function lied(): TestChain {
  const chain = new TestChain({ ...FAST, params: { ...FAST.params, maxBlockTransactions: 8 } }, [
    alice,
    eve,
    mallory,
    ...crowd,
  ]);
  chain.must(mallory, registerProvider(mallory, 'liar'));
  chain.must(alice, submitTask('t'));
  answer(chain, 't', wrongOutput(inputOf(1)));
  return chain;
}

const kindsOf = (built: BuiltBlock): readonly string[] =>
  built.block.transactions.map(({ operation }, i) =>
    `${operation.kind} ${built.result.outcomes[i]?.code}`.trim(),
  );
const count = (kinds: readonly string[], kind: string): number => kinds.filter((one) => one === kind).length;
const spam = (chain: TestChain, by: readonly Person[] = crowd): Transaction[] =>
  by.map((one) => chain.sign(one, transfer));

/** A block that carries all of these, whatever its lanes allow. */
function force(chain: TestChain, transactions: readonly Transaction[]) {
  const { parent } = chain;
  const context = createContext(parent, { timestamp: parent.header.timestamp + 1 });
  beginBlock(context);
  const ordered = canonicalOrder(parent.id, transactions);
  const outcomes = ordered.map((tx) => applyTransaction(context, tx).outcome);
  const result = finishBlock(context, parent.state, { outcomes, details: [] });
  return createBlock(createHeader(context, { transactions: ordered, vertices: [] }, result), ordered, []);
}

describe('the lanes of a block', () => {
  it('keep room for a challenge in blocks that others fill', () => {
    const chain = lied();
    const built = chain.build([...spam(chain), chain.sign(eve, challenge('t'))]);
    expect(count(kindsOf(built), 'transfer')).toBe(6);
    expect(count(kindsOf(built), 'challenge')).toBe(1);
    expect(built.postponed).toHaveLength(14);
    chain.mine([...spam(chain), chain.sign(eve, challenge('t'))]);
    expect(readProvider(chain.state, 'liar')?.bond).toBe(0n);
  });

  it('give no room to challenges that are refused: they pay, and count as plain', () => {
    const chain = lied();
    const junk = crowd.map((by) => chain.sign(by, challenge('no-such-task')));
    const built = chain.build([...junk, chain.sign(eve, challenge('t'))]);
    expect(count(kindsOf(built), 'challenge task_not_found')).toBeLessThanOrEqual(6);
    expect(built.postponed.length).toBeGreaterThan(0);
    const filled = chain.build([...spam(chain), ...junk.slice(0, 2), chain.sign(eve, challenge('t'))]);
    expect(filled.block.transactions.length).toBeLessThanOrEqual(7);
    expect(count(kindsOf(filled), 'challenge')).toBe(1);
  });

  it('are held by whoever verifies: one plain transaction too many makes a block invalid', () => {
    const chain = lied();
    const sound = force(chain, spam(chain, crowd.slice(0, 6)));
    expect(verifyBlock({ parent: chain.parent, block: sound }).outcomes).toHaveLength(6);
    const over = force(chain, spam(chain, crowd.slice(0, 7)));
    expect(() => verifyBlock({ parent: chain.parent, block: over })).toThrow(
      /transaction 6: no room left for it \(lane: plain\)/,
    );
    const failing = [
      ...spam(chain, crowd.slice(0, 6)),
      chain.sign(crowd[6] as Person, challenge('no-such-task')),
    ];
    expect(() => verifyBlock({ parent: chain.parent, block: force(chain, failing) })).toThrow(
      /no room left for it \(lane: plain\)/,
    );
    const disputed = [...spam(chain, crowd.slice(0, 6)), chain.sign(eve, challenge('t'))];
    expect(verifyBlock({ parent: chain.parent, block: force(chain, disputed) }).outcomes).toHaveLength(7);
  });
});

describe('vertices that nothing comes of', () => {
  const penniless = (i: number): Person => person(200 + i);

  /** A vertex of one transaction that its account cannot pay, of about `units` of work. */
  function junk(chain: TestChain, i: number, units: number) {
    const { chainId, genesisHash } = readChain(chain.state);
    const operation = (size: number): Operation => ({
      kind: 'submitAttestation',
      provider: 'x',
      nonceHeight: 0,
      sessionKey: new Uint8Array(20),
      processors: [{ kind: 1, report: new Uint8Array(8), chain: [] }],
      gpus: [],
      statements: [],
      lists: [{ slot: namedHash('Slot' as never, Uint8Array.of(i)), size }],
      documents: [],
      manifests: [],
      responses: [],
    });
    const sign = (size: number) =>
      signTransaction(
        { chainId, genesisHash, nonce: 0n, expiry: 0n, operation: operation(size) },
        penniless(i).key,
      );
    const [small, large] = [transactionWork(sign(1_000)), transactionWork(sign(101_000))];
    const perByte = (large - small) / 100_000;
    const size = Math.max(1_000, 1_000 + Math.floor((units - small) / perByte));
    const epoch = Number(readChain(chain.state).epoch);
    return createVertex({
      chainId,
      genesisHash,
      parents: [],
      height: 0,
      epoch,
      transactions: [sign(Math.min(size, 400_000))],
    });
  }

  it('leave half of every block to its own transactions, so that a challenge gets in', () => {
    const chain = new TestChain(FAST, [alice, eve, mallory]);
    chain.must(mallory, registerProvider(mallory, 'liar'));
    chain.must(alice, submitTask('t'));
    answer(chain, 't', wrongOutput(inputOf(1)));
    const vertices = Array.from({ length: 40 }, (_, i) => junk(chain, i, 400_000));
    const built = chain.build([chain.sign(eve, challenge('t'))], 1, vertices);
    // None of it can be executed, so that the block carries none.
    expect(built.block.vertices).toEqual([]);
    expect(built.idle.length).toBeGreaterThan(0);
    chain.mine([chain.sign(eve, challenge('t'))], 1, vertices);
    expect(chain.last.outcomes.map(({ code }) => code)).toEqual(['']);
    expect(taskOf(chain, 't').errors).toBe(0);
    expect(readProvider(chain.state, 'liar')?.bond).toBe(0n);
  });

  it('count their answers that take effect for the part of answers', () => {
    const params = { ...FAST.params, maxBlockTransactions: 8 };
    const chain = new TestChain({ ...FAST, params }, [alice, mallory, ...crowd]);
    const gpu = { model: 'x', memoryGb: 1, tflops: '', available: true, temperature: '', utilization: '' };
    chain.must(mallory, registerProvider(mallory, 'p', { gpus: [gpu, gpu] }));
    const ids = ['a', 'b', 'c', 'd'];
    chain.mine(ids.map((id, i) => chain.sign(alice, submitTask(id), BigInt(i))));
    chain.mine();
    const results = ids.map((id, i) => chain.sign(mallory, submitResult(id, 'p'), BigInt(i)));
    const { chainId, genesisHash, epoch } = readChain(chain.state);
    const place = { chainId, genesisHash, parents: [], height: 0, epoch: Number(epoch) };
    const carried = createVertex({ ...place, transactions: results });
    const built = chain.build(spam(chain), 1, [carried]);
    // Of eight places answers and what is before them have seven: four in the vertex, and three others. As plain ones
    // the four would have left two of six.
    expect(count(kindsOf(built), 'submitResult')).toBe(4);
    expect(count(kindsOf(built), 'transfer')).toBe(3);
    chain.mine(spam(chain), 1, [carried]);
    expect(chain.last.outcomes).toHaveLength(7);
  });
});
