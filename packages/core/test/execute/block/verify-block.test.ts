import {
  type BlockHeader,
  blockHeaderCodec,
  createBlock,
  type StatelessBlock,
  transactionsRoot,
} from '@aivm/core/block';
import type { AivmError } from '@aivm/core/errors';
import { type BlockParent, buildBlock, verifyBlock } from '@aivm/core/execute';
import { DEFAULT_PARAMS, readChain } from '@aivm/core/state';
import { signTransaction, type Transaction, transactionWork } from '@aivm/core/tx';
import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalOrder } from '../../../src/block/canonical-order.ts';
import { checkTransactions } from '../check-transactions.ts';
import { alice, bob, carol, FAST, inputOf, people, poor, registerProvider, submitTask } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';

let chain: TestChain;
let block: StatelessBlock;
beforeAll(() => {
  chain = new TestChain(FAST, people);
  chain.must(bob, registerProvider(bob, 'p-bob'));
  const candidates = [alice, bob, carol].map((by) =>
    chain.sign(by, { kind: 'transfer', to: alice.address, amount: 1n }),
  );
  block = chain.build(candidates).block;
});

const refusalOf = (candidate: StatelessBlock, parent: BlockParent = chain.parent): AivmError => {
  try {
    verifyBlock({ parent, block: candidate });
  } catch (error) {
    return error as AivmError;
  }
  throw new Error('the block was accepted');
};

const changed = (value: BlockHeader[keyof BlockHeader]) =>
  value instanceof Uint8Array
    ? value.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
    : typeof value === 'bigint'
      ? value + 1n
      : (value as number) + 1;

/** The same header over other transactions, with the root that names them. */
const carrying = (transactions: readonly Transaction[], header = block.header): StatelessBlock =>
  createBlock({ ...header, transactionsRoot: transactionsRoot(transactions) }, transactions);

describe('verifyBlock', () => {
  it('gives what building gave', () => {
    const { result } = chain.build(block.transactions);
    expect(verifyBlock({ parent: chain.parent, block })).toEqual(result);
  });

  const members = (blockHeaderCodec.members ?? [])
    .map(({ name }) => name as keyof BlockHeader)
    // The time is the proposer's to choose: another one makes another block, tested below.
    .filter((name) => name !== 'timestamp');
  it.each(members)('refuses another %s and names it', (name) => {
    const header = { ...block.header, [name]: changed(block.header[name]) } as BlockHeader;
    const error = refusalOf(createBlock(header, block.transactions));
    expect(error.code).toBe('block_invalid');
    expect(error.detail).toContain(name);
  });

  it('refuses a time before the parent’s', () => {
    const timestamp = chain.tip.header.timestamp - 1;
    expect(refusalOf(createBlock({ ...block.header, timestamp }, block.transactions)).detail).toContain(
      'timestamp',
    );
    expect(() => buildBlock({ parent: chain.parent, timestamp, candidates: [] })).toThrow(RangeError);
  });

  it('refuses a block whose time was moved over the end of an epoch', () => {
    const long = new TestChain({ ...FAST, config: { ...FAST.config, epochDuration: '2s' } }, people);
    const built = long.build([], 1).block;
    const moved = createBlock({ ...built.header, timestamp: built.header.timestamp + 5 }, []);
    expect(refusalOf(moved, long.parent).detail).toMatch(/^(aivmS|s)tateRoot: /);
  });

  it('refuses any order but the canonical one', () => {
    const orders = [
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ];
    for (const order of orders) {
      const transactions = order.map((i) => block.transactions[i] as Transaction);
      expect(refusalOf(carrying(transactions)).detail).toContain('canonical order');
    }
  });

  it('refuses a transaction twice, of another chain, expired, with a gap, or without its fee', () => {
    const transfer = { kind: 'transfer', to: alice.address, amount: 1n } as const;
    const resigned = (more: { chainId: bigint } | { genesisHash: Uint8Array }): Transaction =>
      signTransaction({ ...chain.sign(alice, transfer), ...more }, alice.key);
    const foreign = resigned({ chainId: 1n });
    const namesake = resigned({ genesisHash: new Uint8Array(32) });
    const rows: readonly (readonly [string, readonly Transaction[]])[] = [
      ['nonce_too_low', [...block.transactions, block.transactions[0] as Transaction]],
      ['wrong_chain', [foreign]],
      ['wrong_chain', [namesake]],
      ['expired', [chain.sign(alice, transfer, 0n, BigInt(chain.height))]],
      ['nonce_gap', [chain.sign(alice, transfer, 1n)]],
      ['insufficient_balance', [chain.sign(poor, transfer)]],
    ];
    for (const [code, transactions] of rows) {
      const error = refusalOf(carrying(canonicalOrder(chain.tip.id, transactions)));
      expect(error.code).toBe('block_invalid');
      expect(error.detail).toContain(code);
      expect((error.cause as AivmError).code).toBe(code);
    }
  });

  it('refuses a block above a limit of its chain, however it was made', () => {
    const cases = [
      [{ maxBlockTransactions: 2 }, '3 transactions'],
      [{ maxBlockWork: 10_000 }, 'units of work'],
    ] as const;
    for (const [params, detail] of cases) {
      const small = new TestChain({ ...FAST, params: { ...FAST.params, ...params } }, people);
      const count = 'maxBlockWork' in params ? 25 : 3;
      const transactions = Array.from({ length: count }, (_, i) =>
        small.sign(alice, { kind: 'transfer', to: bob.address, amount: 1n }, BigInt(i)),
      );
      const built = small.build(transactions);
      expect(built.postponed.length).toBeGreaterThan(0);
      const header = { ...built.block.header, transactionsRoot: transactionsRoot(transactions) };
      const over = createBlock(header, canonicalOrder(small.tip.id, transactions));
      expect(refusalOf(over, small.parent).detail).toContain(detail);
    }
  });

  it('leaves the state as it was', () => {
    const before = chain.entries();
    const root = chain.state.root;
    verifyBlock({ parent: chain.parent, block });
    refusalOf(carrying([]));
    expect(chain.entries()).toEqual(before);
    expect(chain.state.root).toEqual(root);
  });

  it('does not take a damaged disk for a refused operation', () => {
    const { state } = chain;
    const key = [...state.values.keys()].find((hex) => hex.startsWith('70')) as string;
    const damaged = {
      root: state.root,
      get: (bytes: Uint8Array) =>
        Buffer.from(bytes).toString('hex') === key ? Uint8Array.of(1) : state.get(bytes),
      getPage: (pageKey: string) => state.getPage(pageKey),
    };
    const heartbeat = chain.sign(bob, { kind: 'heartbeat', id: 'p-bob' });
    const built = chain.build([heartbeat]);
    expect(built.result.outcomes[0]?.code).toBe('');
    const parent = { ...chain.parent, state: damaged };
    expect(refusalOf(built.block, parent).code).toBe('data_dir_corrupt');
    const { timestamp } = built.block.header;
    expect(() => buildBlock({ parent, timestamp, candidates: [heartbeat] })).toThrow('data_dir_corrupt');
  });
});

describe('buildBlock', () => {
  const transfer = { kind: 'transfer', to: bob.address, amount: 1n } as const;

  it('drops what can never be in a block, and keeps what only waits', () => {
    const gap = chain.sign(alice, transfer, 2n);
    const first = chain.sign(alice, transfer);
    const unpaid = chain.sign(poor, transfer);
    const foreign = signTransaction({ ...chain.sign(carol, transfer), chainId: 5n }, carol.key);
    const late = chain.sign(bob, transfer, 0n, BigInt(chain.height));
    const built = chain.build([gap, first, unpaid, foreign, late]);
    expect(built.block.transactions).toEqual([first]);
    expect(built.postponed).toEqual([gap]);
    const dropped = built.dropped.map(({ tx, error }) => [tx, error.code]);
    expect(dropped).toEqual(
      expect.arrayContaining([
        [unpaid, 'insufficient_balance'],
        [foreign, 'wrong_chain'],
        [late, 'expired'],
      ]),
    );
    expect(dropped.length).toBe(3);
  });

  it('takes a transaction in the last block of its expiry', () => {
    const last = chain.sign(alice, transfer, 0n, BigInt(chain.height + 1));
    expect(chain.build([last]).block.transactions).toEqual([last]);
    chain.mine();
    expect(chain.build([last]).dropped.map(({ error }) => error.code)).toEqual(['expired']);
  });

  it('takes one of two transactions with one nonce', () => {
    const rivals = [1n, 2n].map((amount) => chain.sign(alice, { ...transfer, amount }));
    const built = chain.build(rivals);
    expect(built.block.transactions.length).toBe(1);
    expect(built.dropped.map(({ error }) => error.code)).toEqual(['nonce_too_low']);
  });

  it('builds the same block whatever order the candidates come in', () => {
    const candidates = [alice, bob, carol].flatMap((by) =>
      [0n, 1n].map((offset) => chain.sign(by, transfer, offset)),
    );
    const [forward, backward] = [candidates, [...candidates].reverse()].map(
      (list) => chain.build(list).block.id,
    );
    expect(forward).toEqual(backward);
  });

  it('fills a block to its bytes and not beyond', () => {
    const big = submitTask('t', { model: 'qwen3-8b', input: new Uint8Array(60_000), fee: 10n ** 9n });
    const candidates = Array.from({ length: 40 }, (_, i) =>
      chain.sign(alice, { ...big, id: `t-${i}` }, BigInt(i)),
    );
    const { block: full, postponed } = chain.build(candidates);
    expect(postponed.length).toBeGreaterThan(0);
    expect(full.bytes.length).toBeLessThanOrEqual(DEFAULT_PARAMS.maxBlockBytes);
    // Three quarters, the share of transactions that are neither answers nor disputes.
    expect(full.bytes.length).toBeLessThanOrEqual((DEFAULT_PARAMS.maxBlockBytes * 3) / 4);
    expect(full.bytes.length + 60_500).toBeGreaterThan((DEFAULT_PARAMS.maxBlockBytes * 3) / 4);
    expect(verifyBlock({ parent: chain.parent, block: full }).outcomes.length).toBe(full.transactions.length);
  });

  it('fills a block to its work and not beyond', () => {
    const small = new TestChain({ ...FAST, params: { ...FAST.params, maxBlockWork: 10_000 } }, people);
    const candidates = Array.from({ length: 30 }, (_, i) => small.sign(alice, transfer, BigInt(i)));
    const { block: built } = small.build(candidates);
    const work = built.transactions.reduce((sum, tx) => sum + transactionWork(tx), 0);
    expect(work).toBeLessThanOrEqual(7_500);
    expect(work + transactionWork(candidates[0] as Transaction)).toBeGreaterThan(7_500);
  });
});

describe('DryRun', () => {
  const transfer = { kind: 'transfer', to: bob.address, amount: 1n } as const;
  const check = (...transactions: Transaction[]) => checkTransactions(chain.parent, transactions);

  it('accepts what the next block would take, and changes nothing', () => {
    const root = chain.state.root;
    check(chain.sign(alice, transfer), chain.sign(alice, submitTask('next', { input: inputOf(3) }), 1n));
    expect(chain.state.root).toEqual(root);
    expect(readChain(chain.state).tasksOpen).toBe(0n);
  });

  it('forgives the failures of earlier ones, and names that of the last', () => {
    const failing = chain.sign(alice, registerProvider(alice, 'p-bob'));
    check(failing, chain.sign(alice, transfer, 1n));
    expect(() => check(failing)).toThrow('id_taken');
    expect(() => check(chain.sign(alice, transfer, 1n))).toThrow('nonce_gap');
    expect(() => check(chain.sign(poor, transfer))).toThrow('insufficient_balance');
  });

  it('sees what earlier ones spend', () => {
    const spend = chain.sign(alice, { ...transfer, amount: 10n ** 24n - 10n ** 12n });
    check(spend);
    expect(() => check(spend, chain.sign(alice, { ...transfer, amount: 10n ** 13n }, 1n))).toThrow(
      'insufficient_balance',
    );
  });
});
