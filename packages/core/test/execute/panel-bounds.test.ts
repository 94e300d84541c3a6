import { hexToBytes } from '@aivm/core/bytes';
import { checkSupply } from '@aivm/core/execute';
import {
  PanelPhase,
  readAccount,
  readChain,
  readPanel,
  readProvider,
  readTask,
  Settlement,
  TaskStatus,
} from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import { penalizeProvider } from '../../src/execute/economy/penalty.ts';
import { scheduleTimer } from '../../src/execute/tasks/timers.ts';
import { TimerKind } from '../../src/state/records/timer.ts';
import { ANSWER_FACTS, CLAIM_FACTS } from './named-facts.ts';
import {
  BOND,
  codes,
  commit,
  draw,
  NO_HASH,
  open,
  operatorOf,
  operators,
  reveal,
  right,
  SEAT_FEE,
  seated,
  submit,
  user,
  watcher,
} from './panel-scenario.ts';
import { inputOf, people, submitTask } from './scenario.ts';
import { disgrace, type Person, TestChain } from './test-chain.ts';

const FEE = 5_000_000n;
const POSTED = Uint8Array.of(1);
const OTHERS = [Uint8Array.of(2), Uint8Array.of(3), Uint8Array.of(4)] as const;
const STAKE = 10n ** 16n;

interface Disputed {
  readonly chain: TestChain;
  readonly provider: string;
  /** What the challenger had before it challenged, less operation fees. */
  readonly before: bigint;
}

/** A posted result of an opaque model that is challenged; members are not drawn yet. */
function dispute(providers: number, genesis: Record<string, unknown> = {}): Disputed {
  const chain = open(providers, ['adder'], genesis);
  chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
  chain.mine();
  const [provider] = seated(chain) as [string];
  const result: Operation = {
    kind: 'submitResult',
    taskId: 't',
    provider,
    ...ANSWER_FACTS,
    output: POSTED,
    error: '',
    computeTimeMs: 1n,
    proof: NO_HASH,
    sessionSignature: new Uint8Array(),
  };
  chain.must(operatorOf(provider), result);
  const challenge: Operation = {
    kind: 'challenge',
    taskId: 't',
    ...CLAIM_FACTS,
    output: OTHERS[0],
    bond: STAKE,
    rootCommitment: NO_HASH,
  };
  const held = readAccount(chain.state, watcher.address).balance;
  chain.must(watcher, challenge);
  const now = readAccount(chain.state, watcher.address).balance;
  const operationFee = held - now - STAKE - 5n * SEAT_FEE;
  return { chain, provider, before: held - operationFee };
}

const lostBy = (chain: TestChain, before: bigint): bigint =>
  before - readAccount(chain.state, watcher.address).balance;

describe('a challenge', () => {
  it('is accepted while every other member sits on panels', () => {
    const chain = open(7, ['adder']);
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const [provider] = seated(chain) as [string];
    const rest = {
      error: '',
      computeTimeMs: 1n,
      proof: NO_HASH,
      sessionSignature: new Uint8Array(),
    };
    chain.must(operatorOf(provider), {
      kind: 'submitResult',
      taskId: 't',
      provider,
      ...ANSWER_FACTS,
      output: POSTED,
      ...rest,
    });
    const holding = ['x', 'y', 'z'].map((id, i) =>
      chain.sign(user, submit({ id, model: 'adder', n: 7 }), BigInt(i)),
    );
    chain.mine(holding);
    for (let i = 0; i < 8; i++) chain.mine();
    for (let i = 0; i < 7; i++)
      expect(readProvider(chain.state, `p${i}`)?.uncommittedSeats).toBeGreaterThan(0);
    const claim = { taskId: 't', ...CLAIM_FACTS, output: OTHERS[0], bond: STAKE, rootCommitment: NO_HASH };
    expect(chain.apply(watcher, { kind: 'challenge', ...claim })).toBe('');
    for (let i = 0; i < 5; i++) chain.mine();
    expect(readPanel(chain.state, 't')).toMatchObject({ drawn: 5, phase: 1 });
  });
});

describe('an undecided committee', () => {
  const expectVoid = ({ chain, provider }: Disputed): void => {
    expect(readTask(chain.state, 't')).toMatchObject({
      settlement: Settlement.void,
      status: TaskStatus.failed,
      error: 'undecided',
      escrow: 0n,
    });
    // Nobody is punished: neither the provider nor members that diverge.
    expect(readProvider(chain.state, provider)).toMatchObject({ bond: BOND, reserved: 0n });
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  };

  it('without a majority costs the challenger a part for each member of the largest group, and its bond returns', () => {
    const disputed = dispute(7);
    const { chain, before } = disputed;
    const members = draw(chain, 5);
    const answers = [POSTED, POSTED, OTHERS[0], OTHERS[1], OTHERS[2]] as const;
    chain.mine(members.map((id, i) => commit(chain, id, answers[i] as Uint8Array)));
    chain.mine(members.map((id, i) => reveal(chain, id, answers[i] as Uint8Array)));
    expectVoid(disputed);
    expect(lostBy(chain, before)).toBe(2n * SEAT_FEE);
    for (const [i, id] of members.entries()) {
      const tasksCompleted = i < 2 ? 1n : 0n;
      expect(readProvider(chain.state, id)).toMatchObject({ bond: BOND, reserved: 0n, tasksCompleted });
    }
  });

  it('whose members all differ pays nobody and costs the challenger one part', () => {
    const disputed = dispute(7);
    const { chain, before } = disputed;
    const members = draw(chain, 5);
    const { burned } = readChain(chain.state);
    const answers = members.map((_, i) => new Uint8Array(POSTED.length).fill(40 + i));
    chain.mine(members.map((id, i) => commit(chain, id, answers[i] as Uint8Array)));
    chain.mine(members.map((id, i) => reveal(chain, id, answers[i] as Uint8Array)));
    expectVoid(disputed);
    expect(lostBy(chain, before)).toBe(SEAT_FEE);
    expect(readChain(chain.state).burned).toBeGreaterThanOrEqual(burned + SEAT_FEE);
  });

  it('of which too few answer costs the challenger what those earned', () => {
    const disputed = dispute(7);
    const { chain, before } = disputed;
    const members = draw(chain, 5);
    const [first, second, third] = members as [string, string, string];
    chain.mine([first, second, third].map((id) => commit(chain, id, POSTED)));
    chain.mineUntil(readPanel(chain.state, 't')?.commitDeadline ?? 0);
    chain.mine([reveal(chain, first, POSTED), reveal(chain, second, POSTED)]);
    chain.mineUntil(readPanel(chain.state, 't')?.revealDeadline ?? 0);
    expectVoid(disputed);
    expect(lostBy(chain, before)).toBe(2n * SEAT_FEE);
    // Whoever committed and did not reveal is penalised, whatever came out.
    expect(readProvider(chain.state, third)?.bond).toBe(BOND - 10n * SEAT_FEE);
  });

  it('that never becomes complete costs the challenger a part: griefing is not free', () => {
    const disputed = dispute(7);
    const { chain, before } = disputed;
    chain.mine();
    // At most two members are drawn; the others cannot be.
    const gone = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6'].filter(
      (id) => id !== disputed.provider && !seated(chain).includes(id),
    );
    disgrace(chain, ...gone.map(operatorOf));
    const members = seated(chain);
    chain.mine(members.map((id) => commit(chain, id, POSTED)));
    while (readTask(chain.state, 't')?.endedAtHeight === 0) chain.mine();
    expectVoid(disputed);
    expect(lostBy(chain, before)).toBe(SEAT_FEE);
    for (const id of ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6']) {
      expect(readProvider(chain.state, id)).toMatchObject({ bond: BOND, reserved: 0n, assigned: [] });
    }
  });
});

describe('a punishment without proof', () => {
  it('never takes more than its obligation reserved, whatever fee, bond and seats', () => {
    const chain = open(1);
    const arbitrary = fc.record({
      fee: fc.bigInt(1n, 10n ** 18n),
      multiple: fc.bigInt(0n, 40n),
      spent: fc.bigInt(0n, 15n),
    });
    fc.assert(
      fc.property(arbitrary, ({ fee, multiple, spent }) => {
        const context = createContext(chain.parent, { timestamp: 1_000_100 });
        const whole = fee * multiple;
        const reservation = whole > fee * spent ? whole - fee * spent : 0n;
        const taken = penalizeProvider(context, { assignedTo: 'p0', reservation }, fee);
        expect(taken <= reservation && taken <= 10n * fee && taken <= BOND).toBe(true);
        const { bond } = readProvider(context.state, 'p0') ?? { bond: -1n };
        expect(bond).toBe(BOND - taken);
      }),
      { numRuns: 200 },
    );
    expect(
      checkSupply([...chain.state.values].map(([key, value]) => [hexToBytes(key), value])).balanced,
    ).toBe(true);
  });

  it('of a provider who lost to a committee is what was reserved for it: the penalty and the committee', () => {
    const { chain, provider } = dispute(7, { params: { liabilityMultiple: 12 } });
    const members = draw(chain, 5);
    chain.mine(members.map((id) => commit(chain, id, OTHERS[0])));
    chain.mine(members.map((id) => reveal(chain, id, OTHERS[0])));
    expect(readProvider(chain.state, provider)?.bond).toBe(BOND - 10n * FEE - 5n * SEAT_FEE);
  });
});

describe('a task whose seats are drawn', () => {
  it('cannot be cancelled: members may have done the work', () => {
    const chain = open(6);
    chain.mine([chain.sign(user, submit())]);
    chain.mine();
    expect(seated(chain)).toHaveLength(1);
    expect(chain.apply(user, { kind: 'cancelTask', taskId: 't' })).toBe('already_drawn');
    draw2(chain);
    const answer = right(chain);
    const ids = seated(chain);
    chain.mine(ids.map((id) => commit(chain, id, answer)));
    chain.mine(ids.map((id) => reveal(chain, id, answer)));
    expect(codes(chain)).toEqual(['', '', '', '', '']);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
  });

  const draw2 = (chain: TestChain): void => {
    while (readPanel(chain.state, 't')?.phase === PanelPhase.drawing) chain.mine();
  };

  it('can be while none is', () => {
    const chain = open(5);
    disgrace(chain, ...operators.slice(2));
    chain.mine([chain.sign(user, submit())]);
    chain.mine();
    expect(chain.apply(user, { kind: 'cancelTask', taskId: 't' })).toBe('');
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });
});

describe('the timers of one height', () => {
  it('settle at most timerSlots tasks and seats, however they are mixed', () => {
    const chain = new TestChain({ params: { timerSlots: 32, development: true } });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 60 }), (weights) => {
        const context = createContext(chain.parent, { timestamp: 1_000_001 });
        const byHeight = new Map<number, number>();
        for (const [i, weight] of weights.entries()) {
          const slot = scheduleTimer(context, 10, { kind: TimerKind.revealEnd, taskId: `t-${i}`, weight });
          if (slot !== undefined) byHeight.set(slot.height, (byHeight.get(slot.height) ?? 0) + weight);
        }
        expect(Math.max(0, ...byHeight.values())).toBeLessThanOrEqual(32);
      }),
      { numRuns: 60 },
    );
  });

  it('are found for a panel that is heavier than a whole height, alone', () => {
    const chain = new TestChain({ params: { timerSlots: 2, development: true } });
    const context = createContext(chain.parent, { timestamp: 1_000_001 });
    const timer = { kind: TimerKind.revealEnd, taskId: 't', weight: 15 };
    expect([1, 2].map(() => scheduleTimer(context, 10, timer)?.height)).toEqual([10, 11]);
  });
});

describe('a task that waits', () => {
  it('says whether nobody is there or the draws of the block were spent', () => {
    const chain = new TestChain({ params: { assignmentTriesPerBlock: 1, development: true } }, [
      ...people,
      user,
    ]);
    chain.mine(people.slice(0, 4).map((by, i) => chain.sign(by, submitTaskProvider(`q${i}`, by.address))));
    chain.mine([chain.sign(user, submit({ n: 3, id: 't' }))]);
    chain.mine();
    expect(readTask(chain.state, 't')?.waitReason).toBe(3);
    const lonely = new TestChain({}, people);
    const [first, second] = people as [Person, Person];
    lonely.must(second, submitTaskProvider('q', second.address));
    disgrace(lonely, second);
    lonely.must(first, submitTask('t', { input: inputOf(1) }));
    lonely.mine();
    expect(readTask(lonely.state, 't')?.waitReason).toBe(1);
  });

  const submitTaskProvider = (id: string, walletAddress: Uint8Array): Operation => ({
    kind: 'registerProvider',
    id,
    walletAddress,
    endpoint: '',
    gpus: [],
    models: [],
    bond: BOND,
  });

  it('costs no draws once a block has seen everybody busy, and still has its turn', () => {
    const chain = open(1, [], { params: { assignmentTriesPerBlock: 24, development: true } });
    const ids = Array.from({ length: 16 }, (_, i) => `w-${i}`);
    chain.mine(ids.map((id, i) => chain.sign(user, submit({ id, mode: 0 }), BigInt(i))));
    chain.mine();
    const waiting = ids
      .map((id) => readTask(chain.state, id))
      .filter((task) => task?.status === TaskStatus.pending);
    // One is assigned; the others were all visited in that block: sixteen visits, one draw each until all were seen.
    expect(waiting).toHaveLength(15);
    expect(waiting.every((task) => task?.waitReason === 1)).toBe(true);
  });
});
