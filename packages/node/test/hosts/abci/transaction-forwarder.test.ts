import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Transaction } from '@aivm/core/tx';
import { expect, it, onTestFinished } from 'vitest';
import type { BroadcastAnswer } from '../../../src/hosts/abci/engine-rpc.ts';
import { TransactionForwarder } from '../../../src/hosts/abci/transaction-forwarder.ts';
import { type LogFields, silentLog } from '../../../src/log.ts';
import { people, type TestAccount, transfer } from '../../support/test-genesis.ts';

const [alice, bob] = people(2) as [TestAccount, TestAccount];
const TRANSACTIONS = [0n, 1n, 2n].map((nonce) => alice.sign(transfer(bob.address), nonce)) as [
  Transaction,
  Transaction,
  Transaction,
];
const taken: BroadcastAnswer = { isTaken: true };
const away = (): never => {
  throw new AivmError('unreachable', "CometBFT's RPC: gone");
};

/** A forwarder over an RPC that answers as the test says, with a clock that the test moves. */
function forwarder(answers: (() => BroadcastAnswer | Promise<BroadcastAnswer>)[]) {
  const asked: string[] = [];
  const warned: LogFields[] = [];
  const pending = new Set(TRANSACTIONS.map(({ id }) => bytesToHex(id)));
  // Each look at the clock is a second later, so that a pause is over at once.
  let now = 0;
  const own = new TransactionForwarder({
    rpc: {
      broadcast: async (bytes, signal) => {
        asked.push(bytesToHex(bytes));
        const answer = answers.shift();
        if (answer !== undefined) return answer();
        return new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
    },
    log: { ...silentLog, warn: (fields) => void warned.push(fields) },
    isPending: (tx) => pending.has(bytesToHex(tx.id)),
    nowMs: () => (now += 20_000),
  });
  onTestFinished(() => own.stop());
  return { own, asked, warned, pending };
}
const bytesOf = (...transactions: readonly Transaction[]): string[] =>
  transactions.map(({ bytes }) => bytesToHex(bytes));
const [first, second, third] = TRANSACTIONS;

it('passes on one after the other, in the order in which they came, each once', async () => {
  let isUnderWay = false;
  const one = async (): Promise<BroadcastAnswer> => {
    expect(isUnderWay).toBe(false);
    isUnderWay = true;
    await new Promise((resolve) => setImmediate(resolve));
    isUnderWay = false;
    return taken;
  };
  const { own, asked } = forwarder([one, one, one]);
  for (const tx of [first, second, first, third]) own.add(tx);
  expect(own.counts.waiting).toBe(3);
  await expect.poll(() => own.counts).toEqual({ waiting: 0, passedOn: 3, failuresInARow: 0 });
  expect(asked).toEqual(bytesOf(first, second, third));
});

it('asks again while the engine is away, the same one first, and says so', async () => {
  const { own, asked, warned } = forwarder([away, away, () => taken, () => taken]);
  own.add(first);
  own.add(second);
  await expect.poll(() => own.counts).toEqual({ waiting: 0, passedOn: 2, failuresInARow: 0 });
  expect(asked).toEqual(bytesOf(first, first, first, second));
  expect(warned).toHaveLength(2);
  expect(warned[0]).toMatchObject({ code: 'unreachable', waiting: 2 });
  expect(Number(warned[1]?.retryMs)).toBeGreaterThan(Number(warned[0]?.retryMs));
});

it('does not pass on what the pool gave up, also while it waited', async () => {
  const { own, asked, pending } = forwarder([
    () => {
      pending.delete(bytesToHex(first.id));
      pending.delete(bytesToHex(second.id));
      return away();
    },
    () => taken,
  ]);
  for (const tx of TRANSACTIONS) own.add(tx);
  await expect.poll(() => own.counts).toEqual({ waiting: 0, passedOn: 1, failuresInARow: 0 });
  expect(asked).toEqual(bytesOf(first, third));
});

it('leaves what the engine refuses, logs why, and goes on', async () => {
  const { own, warned } = forwarder([() => ({ isTaken: false, reason: 'too little' }), () => taken]);
  own.add(first);
  own.add(second);
  await expect.poll(() => own.counts).toEqual({ waiting: 0, passedOn: 1, failuresInARow: 0 });
  expect(warned).toEqual([{ transaction: bytesToHex(first.id), reason: 'too little' }]);
});

it('takes another one after it had none, and ends in the middle of a call', async () => {
  const { own, asked } = forwarder([() => taken]);
  own.add(first);
  await expect.poll(() => own.counts.passedOn).toBe(1);
  own.add(second);
  await expect.poll(() => asked.length).toBe(2);
  await own.stop();
  own.add(third);
  await own.stop();
  expect(asked).toEqual(bytesOf(first, second));
  expect(own.counts.waiting).toBe(1);
});
