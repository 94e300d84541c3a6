import {
  createBlock,
  createVertex,
  parseBlock,
  type StatelessBlock,
  type StatelessVertex,
  transactionsRoot,
  verticesRoot,
} from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import type { AivmError } from '@aivm/core/errors';
import { verifyBlock, vertexWork } from '@aivm/core/execute';
import { DEFAULT_PARAMS, readAccount, readChain } from '@aivm/core/state';
import { type Operation, type Transaction, transactionWork } from '@aivm/core/tx';
import { beforeEach, describe, expect, it } from 'vitest';
import { canonicalOrder } from '../../../src/block/canonical-order.ts';
import type { BuiltBlock } from '../../../src/execute/block/build-block.ts';
import { alice, bob, carol, dave, FAST, inputOf, people, poor, submitTask } from '../scenario.ts';
import { type Person, TestChain } from '../test-chain.ts';
import { anyDag, diceOf, shuffle } from '../world/vertex-dag.ts';

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain(FAST, people);
});

const transfer: Operation = { kind: 'transfer', to: dave.address, amount: 1n };
const pay = (by: Person, nonce = 0n): Transaction => chain.sign(by, transfer, nonce);

function vertex(
  transactions: readonly Transaction[],
  parents: readonly StatelessVertex[] = [],
  more: { readonly epoch?: number; readonly chainId?: bigint; readonly height?: number } = {},
): StatelessVertex {
  const height = parents.reduce((greatest, parent) => Math.max(greatest, parent.height + 1), 0);
  const { chainId, genesisHash, epoch: current } = readChain(chain.state);
  const epoch = Number(current);
  const place = { chainId, genesisHash, epoch, height, ...more };
  return createVertex({ ...place, parents: parents.map(({ id }) => id), transactions });
}

/** A block that says of itself whatever a proposer likes. */
function forge(
  built: BuiltBlock,
  { transactions, vertices }: { transactions: readonly Transaction[]; vertices: readonly StatelessVertex[] },
): StatelessBlock {
  const roots = { transactionsRoot: transactionsRoot(transactions), verticesRoot: verticesRoot(vertices) };
  return createBlock({ ...built.block.header, ...roots }, transactions, vertices);
}

function refusalOf(block: StatelessBlock): string {
  try {
    verifyBlock({ parent: chain.parent, block });
  } catch (error) {
    expect((error as AivmError).code).toBe('block_invalid');
    return (error as AivmError).detail;
  }
  return 'accepted';
}

describe('a block with vertices', () => {
  it('executes their transactions first, ancestors before descendants, then its own', () => {
    const low = vertex([pay(alice), pay(bob)]);
    const high = vertex([pay(alice, 1n), pay(carol)], [low]);
    const own = [pay(alice, 2n), pay(bob, 1n)];
    const { block, result } = chain.build(own, 1, [high, low]);
    expect(block.vertices).toEqual([low, high]);
    const inOrder = [low.transactions, high.transactions, own].flatMap((layer) =>
      canonicalOrder(chain.tip.id, layer),
    );
    expect(block.transactions).toEqual(inOrder);
    expect(block.vertexTransactionCount).toBe(4);
    expect(result.outcomes.map(({ code }) => code)).toEqual(inOrder.map(() => ''));
    expect(parseBlock(block.bytes)).toEqual(block);
    expect(verifyBlock({ parent: chain.parent, block })).toEqual(result);
  });

  it('leaves out, unpaid, what is not valid yet or no longer, and later blocks can carry it', () => {
    const used = pay(bob);
    chain.mine([used]);
    const early = pay(alice, 1n);
    const unpaid = chain.sign(poor, transfer);
    const { outcomes } = chain.mine([], 1, [vertex([early, used, unpaid, pay(carol), pay(dave)])]);
    expect(outcomes.length).toBe(2);
    expect(chain.tip.vertexTransactionCount).toBe(2);
    expect(readAccount(chain.state, alice.address).balance).toBe(10n ** 24n);
    chain.mine([pay(alice), early]);
    expect(chain.last.outcomes.map(({ code }) => code)).toEqual(['', '']);
  });

  it('executes a transaction of two vertices once, and does not carry it itself', () => {
    const tx = pay(alice);
    const vertices = [vertex([tx]), vertex([tx, pay(bob)])];
    const { block } = chain.build([tx], 1, vertices);
    expect(block.transactions.length).toBe(2);
    const later = vertex([tx, pay(carol)]);
    chain.mine([], 1, vertices);
    chain.mine([], 1, [later]);
    expect(chain.tip.transactions.map(({ sender }) => sender)).toEqual([carol.address]);
    const both = forge(chain.build(), { transactions: [tx, pay(bob, 1n)], vertices: [later] });
    // Written by hand: the block carries bob's transaction and, as its own, one that its vertex has.
    const smuggled = both.bytes.slice();
    const at = smuggled.length - pay(bob, 1n).bytes.length;
    expect(() => parseBlock(smuggled.fill(0, at))).toThrow('malformed');
  });

  it('is the same block in whatever order vertices of several producers were accepted', () => {
    const submitted = [alice, bob, carol].map((by, i) =>
      chain.sign(by, submitTask(`t-${i}`, { input: inputOf(i) })),
    );
    const a = vertex([submitted[0] as Transaction]);
    const b = vertex([submitted[1] as Transaction, pay(dave)]);
    const c = vertex([pay(alice, 1n), submitted[2] as Transaction], [a]);
    const d = vertex([pay(bob, 1n)], [a, b]);
    const ids = permutations([a, b, c, d]).map((order) => bytesToHex(chain.build([], 1, order).block.id));
    expect(ids.length).toBe(24);
    expect(new Set(ids).size).toBe(1);
  });

  it('is the same block in any order of a larger set, and leads to the same state', () => {
    const transactions = people.flatMap((by, p) =>
      [0n, 1n, 2n].map((gap) =>
        gap === 1n ? chain.sign(by, submitTask(`t-${p % 4}-${by.address[0]}`), gap) : pay(by, gap),
      ),
    );
    for (let seed = 0; seed < 5; seed++) {
      const dice = diceOf(seed);
      const { chainId, genesisHash } = readChain(chain.state);
      const surroundings = { chainId, genesisHash, epoch: 0, dice };
      const vertices = anyDag(transactions, surroundings);
      const once = chain.build([], 1, vertices);
      for (let i = 0; i < 5; i++) {
        const again = chain.build([], 1, shuffle(vertices, dice));
        expect(again.block.bytes).toEqual(once.block.bytes);
        expect(again.result.writes).toEqual(once.result.writes);
      }
    }
  });

  it('is refused when it leaves out what can be executed, or executes what cannot', () => {
    const low = vertex([pay(alice), pay(bob)]);
    const high = vertex([pay(carol), pay(alice, 2n)], [low]);
    const vertices = [low, high];
    const built = chain.build([], 1, vertices);
    const { transactions } = built.block;
    expect(transactions.length).toBe(3);
    for (const missing of transactions) {
      const fewer = transactions.filter((tx) => tx !== missing);
      expect(refusalOf(forge(built, { transactions: fewer, vertices }))).toMatch(/left out|nonce_gap|order/);
    }
    const gap = high.transactions.find(({ nonce }) => nonce === 2n) as Transaction;
    const more = [
      transactions[0],
      transactions[1],
      ...canonicalOrder(chain.tip.id, [transactions[2] as Transaction, gap]),
    ];
    expect(refusalOf(forge(built, { transactions: more as Transaction[], vertices }))).toContain('nonce_gap');
    const turned = [...transactions].reverse();
    expect(refusalOf(forge(built, { transactions: turned, vertices }))).not.toBe('accepted');
    expect(refusalOf(forge(built, { transactions, vertices }))).toBe('accepted');
  });

  it('must stand in order: vertices by height and id, each once', () => {
    const low = vertex([pay(alice)]);
    const high = vertex([pay(bob)], [low]);
    const built = chain.build([], 1, [low, high]);
    const { transactions } = built.block;
    for (const vertices of [
      [high, low],
      [low, low, high],
    ]) {
      expect(() => parseBlock(forge(built, { transactions, vertices }).bytes)).toThrow('ascending by height');
    }
    const others = createBlock(built.block.header, transactions, [low]);
    expect(() => parseBlock(others.bytes)).toThrow(/other vertices|other transactions/);
  });
});

describe('a vertex', () => {
  const named = (one: StatelessVertex): string => {
    const built = chain.build([], 1);
    return refusalOf(forge(built, { transactions: one.transactions, vertices: [one] }));
  };

  it('of another chain is in no block', () => {
    const genesisHash = new Uint8Array(32);
    const place = { chainId: chain.tip.header.chainId, genesisHash, parents: [], height: 0, epoch: 0 };
    const foreign = createVertex({ ...place, transactions: [{ ...pay(alice), genesisHash }] });
    expect(named(foreign)).toContain('made for another chain');
    expect(chain.build([], 1, [foreign]).block.vertices).toEqual([]);
  });

  it('leaves out what has expired, unpaid, and takes no room for it', () => {
    const late = chain.sign(alice, transfer, 0n, BigInt(chain.height + 1));
    const one = vertex([late, pay(bob)]);
    const whole = chain.build([], 1, [one]).block;
    expect(whole.vertexTransactionCount).toBe(2);
    chain.mine();
    const { block, result } = chain.build([], 1, [one]);
    expect(block.transactions).toEqual([one.transactions.find(({ id }) => id !== late.id)]);
    expect(result.outcomes.map(({ code }) => code)).toEqual(['']);
    const [before, after] = [chain.height, chain.height + 1].map((height) => vertexWork(one, height));
    expect(before! - after!).toBe(transactionWork(late));
    const forged = forge(chain.build([], 1, [one]), { transactions: one.transactions, vertices: [one] });
    // Which of the two comes first follows from the parent's id.
    expect(refusalOf(forged)).toMatch(/expired|left out/);
    const { balance, nonce } = readAccount(chain.state, alice.address);
    chain.mine([], 1, [one]);
    expect(readAccount(chain.state, alice.address)).toMatchObject({ balance, nonce });
  });

  it('is executed in its epoch and in the next, and then never', () => {
    chain = new TestChain({ ...FAST, config: { ...FAST.config, epochDuration: '60s' } }, people);
    const first = vertex([pay(alice)]);
    const second = vertex([pay(bob)]);
    expect(named(vertex([pay(alice)], [], { epoch: 1 }))).toContain('of epoch 1, the chain is in 0');
    chain.mine([], 1, [first]);
    chain.mine([], 60);
    expect(readChain(chain.state).epoch).toBe(1n);
    expect(chain.build([], 1, [second]).block.vertices).toEqual([second]);
    // The block that closes the epoch is in the next one already.
    expect(chain.build([], 60, [second]).block.vertices).toEqual([]);
    chain.mine([], 60);
    expect(named(second)).toContain('of epoch 0, the chain is in 2');
  });

  it('stands above its parents in the block', () => {
    const low = vertex([pay(alice)], [], { height: 0 });
    const odd = createVertex({ ...vertex([pay(bob)], [low]), parents: [low.id], height: 1, epoch: 0 });
    expect(chain.build([], 1, [odd, low]).block.vertices).toEqual([low, odd]);
    chain = new TestChain({ ...FAST, config: { ...FAST.config, epochDuration: '60s' } }, people);
    chain.mine([], 60);
    const old = vertex([pay(alice)], [], { epoch: 0 });
    const young = vertex([pay(bob)], [vertex([pay(carol)], [], { epoch: 1 })], { epoch: 0 });
    const parent = vertex([pay(carol)], [], { epoch: 1 });
    expect(chain.build([], 1, [old, young, parent]).block.vertices.length).toBe(2);
  });

  it('is not executed beside one that it conflicts with', () => {
    const one = vertex([chain.sign(alice, submitTask('job'))]);
    const other = vertex([chain.sign(bob, { kind: 'cancelTask', taskId: 'job' })]);
    const child = vertex([chain.sign(bob, { kind: 'cancelTask', taskId: 'job' })], [one]);
    const built = chain.build([], 1, [one, other]);
    expect(built.block.vertices.length).toBe(1);
    expect(chain.build([], 1, [one, child]).block.vertices.length).toBe(2);
    const vertices = [one, other].sort((left, right) =>
      bytesToHex(left.id) < bytesToHex(right.id) ? -1 : 1,
    );
    const transactions = canonicalOrder(chain.tip.id, [...one.transactions, ...other.transactions]);
    expect(refusalOf(forge(built, { transactions, vertices }))).toContain('about job "job"');
  });

  it('stays behind with its parent where there is no room', () => {
    const params = { ...FAST.params, maxBlockTransactions: 3 };
    chain = new TestChain({ ...FAST, params }, people);
    const [big, small] = [vertex([0n, 1n, 2n, 3n].map((n) => pay(alice, n))), vertex([pay(bob)])];
    const child = vertex([pay(carol)], [big]);
    const { block } = chain.build([], 1, [child, big, small]);
    expect(block.vertices).toEqual([small]);
    const transactions = canonicalOrder(chain.tip.id, big.transactions);
    expect(refusalOf(forge(chain.build(), { transactions, vertices: [big] }))).toContain('4 transactions');
  });

  it('counts for the work of a block with everything that it carries', () => {
    chain = new TestChain({ ...FAST, params: { ...FAST.params, maxBlockWork: 10_000 } }, people);
    const idle = vertex(Array.from({ length: 25 }, (_, i) => pay(alice, BigInt(1 + i))));
    expect(chain.build([], 1, [idle]).block.vertices).toEqual([]);
    expect(refusalOf(forge(chain.build(), { transactions: [], vertices: [idle] }))).toContain('of work');
  });

  it('of which less than a quarter would be executed is not carried, nor what stands over it', () => {
    const early = [1n, 2n, 3n, 4n, 5n, 6n].map((nonce) => pay(alice, nonce));
    const idle = vertex([...early, pay(bob)]);
    const child = vertex([pay(carol)], [idle]);
    const built = chain.build([], 1, [child, idle]);
    expect(built.block.vertices).toEqual([]);
    expect(built.idle).toEqual([idle]);
    const forged = forge(chain.build([pay(bob)]), { transactions: [pay(bob)], vertices: [idle] });
    expect(refusalOf(forged)).toContain('less than a quarter of it is executed');
    // What the block before executes makes it worth a place.
    chain.mine([pay(alice)]);
    expect(chain.build([], 1, [child, idle]).block.vertices).toEqual([idle, child]);
  });

  it('counts for the bytes of a block', () => {
    const big = submitTask('t', { model: 'qwen3-8b', input: new Uint8Array(60_000), fee: 10n ** 9n });
    const vertices = people.map((by, p) =>
      vertex(Array.from({ length: 8 }, (_, i) => chain.sign(by, { ...big, id: `${p}-${i}` }, BigInt(i)))),
    );
    const { block } = chain.build([], 1, vertices);
    expect(block.vertices.length).toBe(3);
    expect(block.bytes.length).toBeLessThanOrEqual(DEFAULT_PARAMS.maxBlockBytes);
    expect(verifyBlock({ parent: chain.parent, block }).outcomes.length).toBe(24);
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, i) =>
    permutations(items.filter((_, other) => other !== i)).map((rest) => [item, ...rest]),
  );
}
