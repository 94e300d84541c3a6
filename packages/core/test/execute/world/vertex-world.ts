import { createBlock, isVertexOperation, parseBlock, type StatelessVertex } from '@aivm/core/block';
import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import { buildBlock, type ExecutionResult, verifyBlock } from '@aivm/core/execute';
import type { KernelBackend } from '@aivm/core/kernels';
import { readAccount, readChain } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { expect } from 'vitest';
import type { BuiltBlock } from '../../../src/execute/block/build-block.ts';
import { eve, people } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';
import { takeCensus } from './census.ts';
import { operationsOf, type Step } from './commands.ts';
import { GENESIS } from './genesis.ts';
import { anyDag, type Dice, dagInBlockOrder, shuffle } from './vertex-dag.ts';

/** What happened over a history, so that a test knows that it saw what it is about. */
export interface VertexCounts {
  blocks: number;
  vertices: number;
  /** Transactions that blocks executed out of vertices, and that they left out. */
  executed: number;
  leftOut: number;
  /** Steps in which vertices gave another order than a block without them. */
  reordered: number;
}

/** What a header says of a block's effects, whatever way its transactions came. */
const effectsOf = ({ block }: BuiltBlock): Readonly<Record<string, string>> => {
  const { transactionsRoot, outcomesRoot, receiptsRoot, aivmStateRoot, stateRoot } = block.header;
  const roots = { transactionsRoot, outcomesRoot, receiptsRoot, aivmStateRoot, stateRoot };
  return Object.fromEntries(Object.entries(roots).map(([name, root]) => [name, bytesToHex(root)]));
};

type Writes = ExecutionResult['writes'];

const isSameWrites = (left: Writes, right: Writes): boolean =>
  left.size === right.size &&
  [...left].every(([key, value]) => {
    const other = right.get(key);
    return value === undefined || other === undefined
      ? value === other && right.has(key)
      : equalBytes(value, other);
  });

/** A chain whose every block is built both without and with vertices, and verified with another kernel engine. */
export class VertexWorld {
  readonly chain = new TestChain(GENESIS, people);
  readonly counts: VertexCounts = { blocks: 0, vertices: 0, executed: 0, leftOut: 0, reordered: 0 };
  readonly #kernels: KernelBackend;
  readonly #dice: Dice;
  #serial = 0;
  #last: readonly Transaction[] = [];

  /** Blocks are built with the reference kernels and verified with `kernels`. */
  constructor(kernels: KernelBackend, dice: Dice) {
    this.#kernels = kernels;
    this.#dice = dice;
  }

  begin(): void {
    this.run({ seconds: 1, commands: [{ kind: 'model', pick: 2 }] });
    const picks = [10, 16, 22, 28, 4];
    this.run({ seconds: 1, commands: picks.map((pick) => ({ kind: 'register', pick })) });
  }

  run({ seconds, commands }: Step): void {
    const { chain } = this;
    const census = takeCensus(chain.entries());
    const offsets = new Map<string, bigint>();
    const sign = (by: (typeof people)[number], operation: Parameters<TestChain['sign']>[1], gap = 0n) => {
      const sender = by.address.join();
      const offset = (offsets.get(sender) ?? 0n) + gap;
      offsets.set(sender, offset + 1n);
      return chain.sign(by, operation, offset);
    };
    const transactions = commands.flatMap((command) =>
      operationsOf(chain, census, command, this.#serial++).map(([by, operation]) => sign(by, operation)),
    );
    // What is not yet valid, and what no longer is.
    if (this.#dice(4) === 0)
      transactions.push(sign(eve, { kind: 'transfer', to: eve.address, amount: 1n }, 1n));
    const [old] = this.#last.filter(({ sender, nonce }) => nonce < readAccount(chain.state, sender).nonce);
    if (old !== undefined && this.#dice(3) === 0) transactions.push(old);
    this.#last = transactions;
    this.#step(transactions, chain.tip.header.timestamp + seconds);
  }

  #step(transactions: readonly Transaction[], timestamp: number): void {
    const { chain } = this;
    const build = (candidates: readonly Transaction[], vertices: readonly StatelessVertex[] = []) =>
      buildBlock({ parent: chain.parent, timestamp, candidates, vertices });
    const dice = this.#dice;
    const direct = build(transactions);
    // Disputes are in no vertex.
    if (!transactions.every(({ operation }) => isVertexOperation(operation.kind))) {
      this.#commit([direct]);
      return;
    }
    const epoch = this.#epochAfter(direct);
    const { chainId, genesisHash } = readChain(chain.state);
    const surroundings = { chainId, genesisHash, epoch, dice };
    const ordered = build([], dagInBlockOrder(chain.tip.id, transactions, surroundings));
    // A vertex that would execute too little is not carried, and what stands over it is not either.
    if (ordered.idle.length === 0) expect(effectsOf(ordered)).toEqual(effectsOf(direct));
    const dag = anyDag(transactions, surroundings);
    const free = build([], dag);
    expect(equalBytes(build([], shuffle(dag, dice)).block.bytes, free.block.bytes)).toBe(true);
    if (equalBytes(free.block.header.transactionsRoot, direct.block.header.transactionsRoot)) {
      expect(effectsOf(free)).toEqual(effectsOf(direct));
    } else this.counts.reordered += 1;
    this.#commit([direct, ordered, free]);
  }

  /** The other engine verifies every way; the chain goes on with one of them. */
  #commit(ways: readonly BuiltBlock[]): void {
    const { chain } = this;
    const parse = (bytes: Uint8Array): Transaction => {
      const known = this.#last.find((tx) => bytesToHex(tx.bytes) === bytesToHex(bytes));
      if (known === undefined) throw new Error('a transaction that nobody signed');
      return known;
    };
    const results = ways.map(({ block, result }): ExecutionResult => {
      const parsed = parseBlock(block.bytes, parse);
      const again = createBlock(parsed.header, parsed.transactions, parsed.vertices);
      expect([equalBytes(again.bytes, block.bytes), equalBytes(parsed.id, block.id)]).toEqual([true, true]);
      // Building ran the reference kernels.
      const verified = verifyBlock({ parent: chain.parent, block: parsed, kernels: this.#kernels });
      expect(bytesToHex(verified.tree.root)).toBe(bytesToHex(result.tree.root));
      expect(isSameWrites(verified.writes, result.writes)).toBe(true);
      return result;
    });
    const place = this.#dice(ways.length);
    const { block } = ways[place] as BuiltBlock;
    chain.state.commit(results[place] as ExecutionResult);
    chain.tip = block;
    const carried = block.vertices.flatMap((vertex) => vertex.transactions.map(({ id }) => bytesToHex(id)));
    this.counts.blocks += 1;
    this.counts.vertices += block.vertices.length;
    this.counts.executed += block.vertexTransactionCount;
    this.counts.leftOut += new Set(carried).size - block.vertexTransactionCount;
  }

  /** The epoch that the chain is in when a block of this time executes its transactions. */
  #epochAfter({ result: { writes } }: BuiltBlock): number {
    const { state } = this.chain;
    const after = { get: (key: Uint8Array) => writes.get(bytesToHex(key)) ?? state.get(key) };
    return Number(readChain(after).epoch);
  }
}
