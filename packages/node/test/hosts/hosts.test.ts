import { bytesToHex } from '@aivm/core/bytes';
import { buildBlock, createGenesis, runInt8Kernel } from '@aivm/core/execute';
import { readModel, readTask, readWeights, Settlement, TaskStatus } from '@aivm/core/state';
import type { Transaction } from '@aivm/core/tx';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openChain } from '../../src/chain/open-chain.ts';
import { openNode } from '../../src/local/open-node.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import {
  challenge,
  people,
  registerProvider,
  submitResult,
  submitTask,
  TEST_TIMESTAMP,
  type TestAccount,
  testGenesis,
  transfer,
} from '../support/test-genesis.ts';
import { describeHostCompliance } from './host-compliance.ts';
import { finalizeBlock, HOSTS } from './hosts-under-test.ts';

/** Blocks of the long history here; long-history.test.ts makes 10,000. */
const HISTORY_BLOCKS = 200;

for (const [host, features] of HOSTS) {
  describeHostCompliance(host, features, { longHistory: HISTORY_BLOCKS });
}

const crowd = people(3);
const [requester, operator, other] = crowd as [TestAccount, TestAccount, TestAccount];
const genesis = testGenesis(crowd);
const timeOf = (index: number): number => TEST_TIMESTAMP + 7 * (index + 1);

/** The output of the int8 model of the genesis for an input of zeros. */
async function rightOutput(): Promise<Uint8Array> {
  const { state } = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
  const model = readModel(state, 'wdbc-int8');
  const weights = model && readWeights(state, model.weightHash);
  if (weights === undefined) throw new Error('no int8 model in this genesis');
  return runInt8Kernel(weights.parameters, new Uint8Array(32));
}

/** A log of blocks: a task is drawn, answered, challenged without reason and paid; another one waits. */
async function recordLog(): Promise<readonly (readonly Transaction[])[]> {
  for (const person of crowd) person.nonce = 0n;
  const output = await rightOutput();
  const pay = (): Transaction => other.sign(transfer(requester.address, 9n));
  return [
    [operator.sign(registerProvider('p-1', operator.address)), pay()],
    [requester.sign(submitTask('done')), pay(), pay()],
    [pay()],
    [operator.sign(submitResult('done', 'p-1', output)), requester.sign(transfer(other.address, 3n))],
    [
      other.sign(
        challenge(
          'done',
          output.map((byte) => byte ^ 1),
          output,
        ),
      ),
    ],
    ...Array.from({ length: 6 }, () => [pay()]),
    [requester.sign(submitTask('open', { model: 'qwen3-8b' }))],
    [pay()],
  ];
}

/** What the log comes to by core's functions alone, without a node. */
async function expectedHead(log: readonly (readonly Transaction[])[]): Promise<{ id: string; root: string }> {
  const chain = await openChain({ store: new MemoryStore(), genesis, location: 'memory' });
  expect(bytesToHex(chain.head.id)).toBe(bytesToHex(createGenesis(genesis).block.id));
  for (const [index, candidates] of log.entries()) {
    const { block } = buildBlock({ parent: chain.accepted(), timestamp: timeOf(index), candidates });
    chain.verify(block);
    await chain.accept(block.id);
  }
  return { id: bytesToHex(chain.head.id), root: bytesToHex(chain.state.root) };
}

describe('one log of transactions', () => {
  it.each(HOSTS.map(([host]) => host))('ends in one state root under $name', async (host) => {
    const log = await recordLog();
    const running = await host.open({ store: new MemoryStore(), genesis });
    onTestFinished(() => running.stop());
    for (const [index, transactions] of log.entries()) {
      await running.order(
        transactions.map(({ bytes }) => bytes),
        timeOf(index),
      );
    }
    const state = running.port.state();
    expect(readTask(state, 'done')).toMatchObject({
      status: TaskStatus.completed,
      settlement: Settlement.final,
    });
    expect(readTask(state, 'open')?.status).toBe(TaskStatus.assigned);
    const { id, header } = running.port.lastAccepted();
    expect(header.height).toBe(log.length);
    expect({ id: bytesToHex(id), root: bytesToHex(state.root) }).toEqual(await expectedHead(log));
  });
});

describe('HostPort.assemble', () => {
  const open = async () => (await openNode({ store: new MemoryStore(), genesis })).node.port;
  const sign = (nonce: bigint): Transaction => requester.sign(transfer(other.address), nonce);

  it('makes a block of exactly its list, whatever the pool holds, and an empty one of none', async () => {
    const port = await open();
    port.submitTransaction(sign(0n).bytes);
    const empty = await finalizeBlock(port, [], timeOf(0));
    expect([empty.block.header.height, empty.block.transactions.length]).toEqual([1, 0]);
    const payment = other.sign(transfer(requester.address), 0n);
    const { block, outcomes } = await finalizeBlock(port, [payment.bytes], timeOf(1));
    expect(block.transactions.map(({ id }) => id)).toEqual([payment.id]);
    expect(outcomes.map(({ code }) => code)).toEqual(['']);
    expect(port.work().transactions).toBe(true);
  });

  it('leaves out what cannot be executed and says of each why', async () => {
    const port = await open();
    const [first, gap] = [sign(0n), sign(5n)];
    const nobody = people(9)[8] as TestAccount;
    nobody.genesisHash = requester.genesisHash;
    const poor = nobody.sign(transfer(other.address), 0n);
    const transactions = [first, first, gap, poor];
    const { block, dropped, postponed } = port.assemble({ transactions, timestamp: timeOf(0) });
    expect(block.transactions.map(({ id }) => id)).toEqual([first.id]);
    expect(dropped.map(({ tx, error }) => [tx.id, error.code])).toEqual(
      expect.arrayContaining([
        [first.id, 'nonce_too_low'],
        [poor.id, 'insufficient_balance'],
      ]),
    );
    expect(postponed).toEqual([gap]);
    expect(dropped.length).toBe(2);
  });

  it('gives every node the same block, and refuses a time before the parent', async () => {
    const [left, right] = [await open(), await open()];
    right.submitTransaction(other.sign(transfer(requester.address), 0n).bytes);
    const ordered = { transactions: [sign(1n), sign(0n)], timestamp: timeOf(0) };
    expect(left.assemble(ordered).block.id).toEqual(right.assemble(ordered).block.id);
    expect(left.assemble(ordered).block.transactions).toHaveLength(2);
    expect(() => left.assemble({ transactions: [], timestamp: TEST_TIMESTAMP - 1 })).toThrow(
      expect.objectContaining({ code: 'block_invalid' }),
    );
  });

  it('lets one proposal be verified by those who were only given its bytes', async () => {
    const [proposer, validator] = [await open(), await open()];
    const { block } = proposer.assemble({ transactions: [sign(0n)], timestamp: timeOf(0) });
    const received = validator.parseBlock(block.bytes);
    validator.verify(received);
    await validator.accept(received.id);
    expect(validator.lastAccepted().id).toEqual(block.id);
  });
});
