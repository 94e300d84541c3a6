import {
  ProviderStatus,
  readAccount,
  readChain,
  readOperator,
  readPanel,
  readProvider,
  readSeat,
  readTask,
  readTaskOutput,
  Settlement,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import { describe, expect, test } from 'vitest';
import { WaitReason } from '../../src/state/records/task.ts';
import { SEAT_FACTS } from './named-facts.ts';
import {
  BOND,
  codes,
  commit,
  commitmentOf,
  draw,
  holdSeats,
  open,
  operatorOf,
  operators,
  register,
  reveal,
  right,
  SEAT_FEE,
  saltOf,
  seated,
  submit,
  user,
} from './panel-scenario.ts';
import { disgrace, type Person } from './test-chain.ts';

describe('a redundant task', () => {
  test('draws its seats in consecutive blocks, pays who agrees and refunds the rest', () => {
    const chain = open(6);
    chain.mine([chain.sign(user, submit())]);
    const before = readAccount(chain.state, user.address).balance;
    const ids = draw(chain, 5);
    expect(ids).toHaveLength(5);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.committing);
    const answer = right(chain);
    chain.mine([reveal(chain, ids[0] as string, answer)]);
    expect(codes(chain)).toEqual(['too_early']);
    chain.mine(ids.map((id) => commit(chain, id, answer)));
    expect(codes(chain)).toEqual(['', '', '', '', '']);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.revealing);
    chain.mine(ids.map((id) => reveal(chain, id, answer)));
    const task = readTask(chain.state, 't');
    expect(task?.settlement).toBe(Settlement.final);
    expect(readTaskOutput(chain.state, 't')).toEqual(answer);
    expect(chain.last.receipts[0]?.receipt.providers).toHaveLength(5);
    expect(readPanel(chain.state, 't')).toBeUndefined();
    expect(readAccount(chain.state, user.address).balance).toBe(before);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
    for (const id of ids) expect(readProvider(chain.state, id)).toMatchObject({ reserved: 0n, assigned: [] });
  });

  test('convicts a false member by kernel 5 whatever the majority says', () => {
    const chain = open(5);
    chain.mine([chain.sign(user, submit())]);
    const ids = draw(chain, 5);
    const answer = right(chain);
    const lie = Uint8Array.of((answer[0] as number) ^ 0x80);
    const honest = ids[4] as string;
    const liars = ids.slice(0, 4);
    chain.mine([...liars.map((id) => commit(chain, id, lie)), commit(chain, honest, answer)]);
    chain.mine([...liars.map((id) => reveal(chain, id, lie)), reveal(chain, honest, answer)]);
    expect(readTaskOutput(chain.state, 't')).toEqual(answer);
    expect(readTask(chain.state, 't')?.assignedTo).toBe(honest);
    for (const id of liars) {
      expect(readProvider(chain.state, id)).toMatchObject({
        status: ProviderStatus.slashed,
        bond: 0n,
        reserved: 0n,
      });
    }
    expect(readProvider(chain.state, honest)?.status).toBe(ProviderStatus.active);
  });

  test('a copied commitment cannot be revealed by another', () => {
    const chain = open(5);
    chain.mine([chain.sign(user, submit())]);
    const ids = draw(chain, 5);
    const answer = right(chain);
    const [first, copier] = ids as [string, string];
    const original = commitmentOf(chain, first, answer);
    chain.mine([
      ...ids.filter((id) => id !== copier).map((id) => commit(chain, id, answer)),
      chain.sign(operatorOf(copier), {
        kind: 'commitResult',
        taskId: 't',
        provider: copier,
        ...SEAT_FACTS,
        commitment: original,
      }),
    ]);
    chain.mine([
      chain.sign(operatorOf(copier), {
        kind: 'revealResult',
        taskId: 't',
        provider: copier,
        ...SEAT_FACTS,
        vote: Vote.output,
        output: answer,
        computeTimeMs: 1n,
        salt: saltOf(first),
      }),
    ]);
    expect(codes(chain)).toEqual(['invalid_input']);
  });

  test('withholding a reveal costs ten parts, never committing one', () => {
    const chain = open(5);
    chain.mine([chain.sign(user, submit())]);
    const ids = draw(chain, 5);
    const answer = right(chain);
    const [withholder, absent, ...good] = ids as [string, string, ...string[]];
    chain.mine([withholder, ...good].map((id) => commit(chain, id, answer)));
    while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
    chain.mine(good.map((id) => reveal(chain, id, answer)));
    while (readTask(chain.state, 't')?.settlement === Settlement.revealing) chain.mine();
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    expect(readProvider(chain.state, withholder)?.bond).toBe(BOND - 10n * SEAT_FEE);
    expect(readProvider(chain.state, absent)?.bond).toBe(BOND - SEAT_FEE);
    expect(readProvider(chain.state, absent)?.tasksFailed).toBe(1n);
    expect(readChain(chain.state).timersPending).toBe(0);
  });

  test('with one right answer among many absent members is done, where kernel 5 judges', () => {
    const chain = open(5);
    chain.mine([chain.sign(user, submit())]);
    const [only] = draw(chain, 5) as [string];
    const answer = right(chain);
    chain.mine([commit(chain, only, answer)]);
    while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
    chain.mine([reveal(chain, only, answer)]);
    expect(readTask(chain.state, 't')).toMatchObject({ settlement: Settlement.final, assignedTo: only });
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  test('holds nobody while it asks for more providers than there are', () => {
    const chain = open(5);
    disgrace(chain, operators[4] as Person);
    chain.mine([chain.sign(user, submit())]);
    for (let i = 0; i < 4; i++) {
      chain.mine();
      expect(seated(chain)).toEqual([]);
    }
    expect(readTask(chain.state, 't')?.waitReason).toBe(WaitReason.noProvider);
    // One more, and the panel is drawn.
    chain.mine([chain.sign(operators[5] as Person, register('p5', operators[5] as Person))]);
    expect(draw(chain, 5)).toHaveLength(5);
  });

  test('draws members that sit on other panels: no panel waits for another', () => {
    const chain = open(5);
    const ids = ['t', 'u', 'v'];
    chain.mine(ids.map((id, i) => chain.sign(user, submit({ id, n: 5 }), BigInt(i))));
    for (let i = 0; i < 5; i++) chain.mine();
    for (const id of ids) expect(readTask(chain.state, id)?.settlement).toBe(Settlement.committing);
    for (let i = 0; i < 5; i++) {
      const provider = readProvider(chain.state, `p${i}`);
      expect(provider).toMatchObject({ uncommittedSeats: 3, assigned: [], reserved: 0n });
      expect([...(provider?.seats ?? [])].sort()).toEqual(ids);
    }
  });

  test('excuses the absence of a member that holds as many seats as it may, and counts what it does all the same', () => {
    const chain = open(3, ['adder'], { params: { maxOpenSeats: 4 } });
    holdSeats(chain, 3, 4);
    chain.must(user, submit({ model: 'adder', n: 3 }));
    for (let i = 0; i < 3; i++) chain.mine();
    const seats = [0, 1, 2].map((position) => readSeat(chain.state, 't', position));
    for (const seat of seats) expect(seat?.excused).toBe(true);
    const output = Uint8Array.of(1);
    const sitting = seats.map((seat) => seat?.provider ?? '');
    chain.mine(sitting.slice(0, 2).map((id) => commit(chain, id, output)));
    expect(codes(chain)).toEqual(['', '']);
    chain.mineUntil(readPanel(chain.state, 't')?.commitDeadline ?? 0);
    chain.mine(sitting.slice(0, 2).map((id) => reveal(chain, id, output)));
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    const absent = operatorOf(sitting[2] ?? '');
    expect(readOperator(chain.state, absent.address).reputation).toBe(5_000);
    for (const id of sitting) expect(readProvider(chain.state, id)?.seats).not.toContain('t');
  });

  test('is refunded at its deadline where seats cannot be filled, and blames nobody', () => {
    const chain = open(5);
    disgrace(chain, ...operators.slice(3));
    chain.mine([chain.sign(user, submit({ deadlineBlocks: 30n }))]);
    chain.mineUntil(chain.height + 31);
    expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.failed, escrow: 0n });
    for (let i = 0; i < 3; i++) {
      expect(readProvider(chain.state, `p${i}`)).toMatchObject({
        reserved: 0n,
        assigned: [],
        tasksFailed: 0n,
        bond: BOND,
      });
    }
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0 });
  });
});
