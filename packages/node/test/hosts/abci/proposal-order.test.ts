import { describe, expect, it } from 'vitest';
import { rankByLane, takeWhatFits } from '../../../src/hosts/abci/proposal-order.ts';
import { challenge, people, submitResult, type TestAccount, transfer } from '../../support/test-genesis.ts';

const [alice, bob, carol, dave] = people(4) as [TestAccount, TestAccount, TestAccount, TestAccount];
const pay = (person: TestAccount, nonce: bigint) => person.sign(transfer(dave.address), nonce);
const output = new Uint8Array(1);

describe('rankByLane', () => {
  it('puts disputes before answers before the rest, each as they came', () => {
    const [first, second] = [pay(alice, 0n), pay(dave, 0n)];
    const answer = bob.sign(submitResult('t', 'p', output), 0n);
    const dispute = carol.sign(challenge('t', output, output), 0n);
    expect(rankByLane([first, answer, second, dispute])).toEqual([dispute, answer, first, second]);
  });

  it('brings along what its sender signed before, and leaves what comes behind', () => {
    const before = [pay(alice, 3n), pay(alice, 4n)];
    const dispute = alice.sign(challenge('t', output, output), 5n);
    const after = pay(alice, 6n);
    const other = pay(bob, 0n);
    expect(rankByLane([other, ...before, dispute, after])).toEqual([...before, dispute, other, after]);
  });
});

describe('takeWhatFits', () => {
  it('takes a smaller one where a larger one has no room', () => {
    const [small, large] = [pay(alice, 0n), bob.sign(submitResult('t', 'p', new Uint8Array(500)), 0n)];
    const room = BigInt(small.bytes.length + 3);
    expect(takeWhatFits([large, small], room)).toEqual([small]);
    expect(takeWhatFits([large, small], 1n)).toEqual([]);
  });
});
