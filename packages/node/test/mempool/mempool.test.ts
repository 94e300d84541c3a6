import { bytesToHex } from '@aivm/core/bytes';
import { AivmError, type ErrorCode } from '@aivm/core/errors';
import { type BlockParent, buildBlock, type Genesis } from '@aivm/core/execute';
import { readParams } from '@aivm/core/state';
import { type Transaction, TX_BYTES_MAX } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import type { Chain } from '../../src/chain/chain.ts';
import { openChain } from '../../src/chain/open-chain.ts';
import type { MempoolLimits } from '../../src/mempool/limits.ts';
import { Mempool } from '../../src/mempool/mempool.ts';
import { TransactionCache } from '../../src/mempool/transaction-cache.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { people, submitTask, TestAccount, testGenesis, transfer } from '../support/test-genesis.ts';

const crowd = people(6);
const [alice, bob, carol, , , poor] = crowd as [
  TestAccount,
  TestAccount,
  TestAccount,
  TestAccount,
  TestAccount,
  TestAccount,
];
const nobody = new TestAccount(99);

class Fixture {
  readonly chain: Chain;
  readonly pool: Mempool;
  readonly dropped: [id: string, code: ErrorCode][] = [];
  added = 0;

  constructor(chain: Chain, limits: Partial<MempoolLimits>) {
    this.chain = chain;
    this.pool = new Mempool(limits, {
      head: () => this.head(),
      params: readParams(chain.state).params,
    });
    this.pool.onAdded(() => {
      this.added++;
    });
    this.pool.onDropped((tx, reason) => this.dropped.push([bytesToHex(tx.id), reason.code]));
    chain.onAccepted(({ block }) => this.pool.reconcile(block.transactions));
  }

  static async open(
    limits: Partial<MempoolLimits> = {},
    genesis: Genesis = testGenesis(crowd),
  ): Promise<Fixture> {
    const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
    nobody.genesisHash = alice.genesisHash;
    return new Fixture(chain, limits);
  }

  head(): BlockParent {
    const parent = this.chain.parentOf(this.chain.head.id);
    if (parent === undefined) throw new Error('no head');
    return parent;
  }

  add(...transactions: Transaction[]): void {
    for (const tx of transactions) this.pool.add(tx);
  }

  refusal(tx: Transaction): string {
    const before = [this.pool.size, this.pool.bytes, this.added, this.dropped.length];
    try {
      this.pool.add(tx);
      return 'admitted';
    } catch (error) {
      expect([this.pool.size, this.pool.bytes, this.added, this.dropped.length]).toEqual(before);
      if (!(error instanceof AivmError)) throw error;
      return error.code;
    }
  }

  async accept(transactions: readonly Transaction[]): Promise<void> {
    const parent = this.head();
    const { block } = buildBlock({
      parent,
      timestamp: parent.header.timestamp + 1,
      candidates: transactions,
    });
    this.chain.verify(block);
    await this.chain.accept(block.id);
  }

  candidates(workMax = 2_000_000): readonly Transaction[] {
    return this.pool.candidates(this.chain.state, workMax);
  }
}

const pay = (from: TestAccount, nonce: bigint, amount = 1n): Transaction =>
  from.sign(transfer(bob.address, amount), nonce);
const ids = (transactions: readonly Transaction[]): string[] => transactions.map((tx) => bytesToHex(tx.id));

describe('mempool', () => {
  it.each<[ErrorCode, () => readonly Transaction[]]>([
    ['already_known', () => [pay(alice, 0n), pay(alice, 0n)]],
    ['nonce_gap', () => [pay(alice, 17n)]],
    ['insufficient_balance', () => [pay(alice, 0n, 10n ** 22n)]],
    ['insufficient_balance', () => [pay(nobody, 0n)]],
    ['insufficient_balance', () => [pay(nobody, 3n)]],
    // The second is run after the first, which is pending.
    ['insufficient_balance', () => [pay(alice, 0n, 9n * 10n ** 20n), pay(alice, 1n, 9n * 10n ** 20n)]],
    ['replacement_underpriced', () => [pay(alice, 0n), pay(alice, 0n, 2n)]],
    ['replacement_underpriced', () => [task('a', 5_000_000n), task('a', 5_400_000n)]],
    ['fee_too_low', () => [task('a', 999_999n)]],
    ['unknown_model', () => [alice.sign(submitTask('a', { model: 'none' }), 0n)]],
    ['id_taken', () => [task('a', 5_000_000n), alice.sign(submitTask('a'), 1n)]],
    ['invalid_input', () => [alice.sign(submitTask('a', { input: new Uint8Array(31) }), 0n)]],
  ])('refuses the last with %s and changes nothing', async (code, make) => {
    const fixture = await Fixture.open();
    const transactions = make();
    fixture.add(...transactions.slice(0, -1));
    expect(fixture.refusal(transactions.at(-1) as Transaction)).toBe(code);
  });

  const task = (id: string, fee: bigint, nonce = 0n): Transaction =>
    alice.sign(submitTask(id, { fee }), nonce);

  it('refuses another chain and used nonces', async () => {
    for (const change of [{ chainId: 8 }, { message: 'a namesake' }]) {
      const fixture = await Fixture.open({}, testGenesis(people(3), change));
      expect(fixture.refusal(pay(alice, 0n))).toBe('wrong_chain');
    }
    const own = await Fixture.open();
    await own.accept([pay(alice, 0n)]);
    expect(own.refusal(pay(alice, 0n, 2n))).toBe('nonce_too_low');
    expect(own.pool.nextNonce(alice.address)).toBe(1n);
  });

  it('refuses what has expired, and drops what expires: the next one and one behind a gap', async () => {
    const fixture = await Fixture.open();
    const until = (nonce: bigint, expiry: bigint): Transaction =>
      alice.sign(transfer(bob.address), nonce, expiry);
    const [next, waiting, later] = [until(0n, 1n), until(4n, 1n), until(5n, 2n)];
    fixture.add(next, waiting, later);
    await fixture.accept([]);
    expect(fixture.dropped.sort()).toEqual(
      [next, waiting].map(({ id }) => [bytesToHex(id), 'expired']).sort(),
    );
    expect(fixture.pool.size).toBe(1);
    expect(fixture.refusal(until(0n, 1n))).toBe('expired');
    expect(fixture.refusal(until(0n, 2n))).toBe('admitted');
  });

  it('replaces by what pays a tenth more, in the place of what it replaces', async () => {
    const fixture = await Fixture.open();
    const first = task('a', 5_000_000n);
    fixture.add(first, pay(bob, 0n), pay(alice, 1n));
    const second = task('a2', 5_500_000n);
    fixture.add(second);
    expect(fixture.dropped).toEqual([[bytesToHex(first.id), 'nonce_too_low']]);
    expect(fixture.pool.get(first.id)).toBeUndefined();
    expect(ids(fixture.candidates())).toEqual(ids([second, pay(bob, 0n), pay(alice, 1n)]));
  });

  it('gives candidates by arrival, a sender in nonce order, what is behind a gap not at all', async () => {
    const fixture = await Fixture.open();
    fixture.add(pay(alice, 1n), pay(bob, 0n), pay(carol, 5n), pay(alice, 0n), pay(bob, 1n));
    expect(ids(fixture.candidates())).toEqual(
      ids([pay(bob, 0n), pay(alice, 0n), pay(alice, 1n), pay(bob, 1n)]),
    );
    expect(fixture.candidates(1)).toHaveLength(1);
    expect(fixture.pool.nextNonce(alice.address)).toBe(2n);
    expect(fixture.pool.nextNonce(carol.address)).toBe(0n);
    expect(fixture.pool.hasCandidates(fixture.chain.state)).toBe(true);
    const gapped = await Fixture.open();
    gapped.add(pay(alice, 1n));
    expect(gapped.pool.hasCandidates(gapped.chain.state)).toBe(false);
  });

  it('makes room for what is next by dropping what waits, and else is full', async () => {
    const fixture = await Fixture.open({ transactionsMax: 3 });
    fixture.add(pay(alice, 1n), pay(alice, 2n), pay(bob, 0n));
    expect(fixture.refusal(pay(carol, 4n))).toBe('pool_full');
    fixture.add(pay(carol, 0n));
    expect(fixture.dropped).toEqual([[bytesToHex(pay(alice, 2n).id), 'pool_full']]);
    fixture.add(pay(bob, 1n));
    expect(fixture.refusal(pay(bob, 2n))).toBe('pool_full');
    expect(fixture.pool.size).toBe(3);
  });

  it('counts bytes, also of replacements', async () => {
    const small = pay(alice, 0n);
    const fixture = await Fixture.open({ bytesMax: small.bytes.length + 10 });
    fixture.add(small);
    expect(fixture.pool.bytes).toBe(small.bytes.length);
    expect(fixture.refusal(task('a', 10n ** 9n))).toBe('pool_full');
    expect(fixture.refusal(pay(bob, 0n))).toBe('pool_full');
  });

  it('bounds one sender', async () => {
    const fixture = await Fixture.open({ perSenderMax: 2 });
    fixture.add(pay(alice, 0n), pay(alice, 1n));
    expect(fixture.refusal(pay(alice, 2n))).toBe('pool_full');
    expect(fixture.refusal(task('a', 10n ** 9n, 1n))).toBe('admitted');
  });

  it('forgets what a block carries, and drops what it used up or made impossible', async () => {
    const fixture = await Fixture.open();
    const rival = bob.sign(submitTask('mine'), 0n);
    const other = pay(alice, 0n, 3n);
    fixture.add(other, pay(alice, 1n), alice.sign(submitTask('mine'), 2n), pay(alice, 3n));
    fixture.add(pay(poor, 0n, 10n ** 20n), pay(carol, 0n));
    await fixture.accept([rival, pay(alice, 0n, 9n), pay(carol, 0n)]);
    expect(fixture.dropped).toEqual([
      [bytesToHex(other.id), 'nonce_too_low'],
      [bytesToHex(alice.sign(submitTask('mine'), 2n).id), 'id_taken'],
    ]);
    // What is behind the dropped one waits for its nonce.
    expect(ids(fixture.candidates())).toEqual(ids([pay(alice, 1n), pay(poor, 0n, 10n ** 20n)]));
    expect(fixture.pool.get(pay(alice, 3n).id)).toBeDefined();
    fixture.add(pay(alice, 2n, 8n));
    expect(fixture.candidates().map((tx) => tx.nonce)).toEqual([1n, 0n, 2n, 3n]);
  });

  it('lets what waits behind a gap go after a while', async () => {
    const fixture = await Fixture.open({ gapBlocksMax: 2 });
    fixture.add(pay(alice, 2n));
    for (let i = 0; i < 2; i++) await fixture.accept([]);
    expect(fixture.dropped).toEqual([]);
    await fixture.accept([]);
    expect(fixture.dropped).toEqual([[bytesToHex(pay(alice, 2n).id), 'nonce_gap']]);
    expect([fixture.pool.size, fixture.pool.bytes]).toEqual([0, 0]);
  });
});

describe('TransactionCache', () => {
  it('gives the same transaction for the same bytes, and refuses what parsing refuses', () => {
    const cache = new TransactionCache();
    const { bytes } = pay(alice, 0n);
    const tx = cache.parse(bytes);
    expect(cache.parse(bytes.slice())).toBe(tx);
    expect(tx.sender).toEqual(alice.address);
    const tampered = bytes.slice();
    tampered[20] = (tampered[20] ?? 0) ^ 1;
    let sender: Uint8Array | undefined;
    try {
      sender = cache.parse(tampered).sender;
    } catch (error) {
      expect(error).toBeInstanceOf(AivmError);
    }
    expect(sender).not.toEqual(alice.address);
    expect(() => cache.parse(new Uint8Array(TX_BYTES_MAX + 1))).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    );
    expect(() => cache.parse('00' as unknown as Uint8Array)).toThrow(TypeError);
  });
});
