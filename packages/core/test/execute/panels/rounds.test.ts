import { namedHash } from '@aivm/core/crypto';
import { hashCommitment } from '@aivm/core/execute';
import {
  type Panel,
  PanelPhase,
  ProviderStatus,
  readChain,
  readOperator,
  readPanel,
  readProvider,
  readTask,
  readWholePanel,
  SeatStatus,
  Settlement,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { longestPanelBlocks } from '../../../src/execute/context/durations.ts';
import { factsOf, SEAT_FACTS, seatOf } from '../named-facts.ts';
import {
  BOND,
  codes,
  commit,
  draw,
  holdSeats,
  open,
  operatorOf,
  reveal,
  right,
  saltOf,
  submit,
  user,
} from '../panel-scenario.ts';
import type { TestChain } from '../test-chain.ts';

const PART = 5_000_000n;
const RIGHT = Uint8Array.of(42);
/** Answers within 20 blocks, seats within 4 beside one each; half of a minute for what has to be waited for. */
const QUICK = {
  config: { taskTimeout: '60s' },
  params: { development: true, drawSlackBlocks: 4, commitGraceBlocks: 3, revealBlocks: 10, seatFee: 1n },
};
const TIMEOUT = 20;

const panelOf = (chain: TestChain): Panel => {
  const panel = readPanel(chain.state, 't');
  if (panel === undefined) throw new Error('no panel');
  return panel;
};
const seatsOf = (chain: TestChain): readonly string[] =>
  readWholePanel(chain.state, 't')?.seats.map(({ provider }) => provider) ?? [];
const reputationOf = (chain: TestChain, id: string): number =>
  readOperator(chain.state, operatorOf(id).address).reputation;

/** A commitment to an output on another task than t. */
function commitOn(chain: TestChain, taskId: string, provider: string, output: Uint8Array) {
  const place = {
    ...factsOf(chain.state, taskId),
    ...seatOf(chain.state, taskId, provider),
    taskId,
    provider,
  };
  const { genesisHash } = readChain(chain.state);
  const own = { ...place, genesisHash, vote: Vote.output, output, salt: saltOf(provider) };
  const facts = { taskId, provider, ...SEAT_FACTS };
  return chain.sign(operatorOf(provider), {
    kind: 'commitResult',
    ...facts,
    commitment: hashCommitment(own),
  });
}

function begin(providers: number, n = 5, genesis: object = QUICK): TestChain {
  const chain = open(providers, ['adder'], { ...genesis });
  chain.mine([chain.sign(user, submit({ model: 'adder', n }))]);
  return chain;
}

/** Mines until the panel does something else than it does now. */
function untilPhase(chain: TestChain, phase: number, round: number): void {
  for (let i = 0; i < 200; i++) {
    const panel = readPanel(chain.state, 't');
    if (panel === undefined || (panel.phase === phase && panel.round === round)) return;
    chain.mine();
  }
  throw new Error(`the panel never came to phase ${phase} of round ${round}`);
}

describe('the time to commit', () => {
  it('ends as long after the last seat as an answer may take, where too few commit', () => {
    const chain = begin(5);
    draw(chain, 5);
    const { lastDrawnAtHeight, commitDeadline } = panelOf(chain);
    expect(lastDrawnAtHeight).toBe(chain.height);
    expect(commitDeadline).toBe(chain.height + TIMEOUT);
  });

  it.each([
    [1, 5],
    [4, 11],
    [8, 19],
    // 2 × 12 + 3 is longer than the timeout.
    [12, 20],
  ])('ends 2t + commitGraceBlocks after the last seat once the m-th committed, t = %d blocks', (t, end) => {
    const chain = begin(5);
    const ids = draw(chain, 5);
    const last = chain.height;
    for (const id of ids.slice(0, 2)) chain.mine([commit(chain, id, RIGHT)]);
    chain.mineUntil(last + t - 1);
    if (t > 2) expect(panelOf(chain).commitDeadline).toBe(last + TIMEOUT);
    const missing = t === 1 ? ids.slice(0, 3) : ids.slice(2, 3);
    if (t === 1) return;
    chain.mine(missing.map((id) => commit(chain, id, RIGHT)));
    expect(panelOf(chain)).toMatchObject({ decisiveAtHeight: last + t, commitDeadline: last + end });
    chain.mineUntil(last + end - 1);
    expect(panelOf(chain).phase).toBe(PanelPhase.committing);
    chain.mine();
    expect(panelOf(chain)).toMatchObject({ phase: PanelPhase.revealing, round: 0 });
  });

  it('never ends before the next block, however early the m-th committed', () => {
    const chain = begin(5, 5, { ...QUICK, params: { ...QUICK.params, commitGraceBlocks: 0 } });
    const early: string[] = [];
    for (let i = 0; i < 4; i++) {
      chain.mine();
      early.push(seatsOf(chain)[i] as string);
    }
    chain.mine(early.map((id) => commit(chain, id, RIGHT)));
    expect(codes(chain)).toEqual(['', '', '', '']);
    expect(panelOf(chain)).toMatchObject({ phase: PanelPhase.committing, commitDeadline: chain.height + 1 });
    chain.mine();
    expect(panelOf(chain).phase).toBe(PanelPhase.revealing);
  });

  it('cuts a late seat off: its absence is not excused, and costs its part and 500 points', () => {
    const chain = begin(5);
    const ids = draw(chain, 5);
    const [late, ...others] = ids as [string, ...string[]];
    chain.mine(others.map((id) => commit(chain, id, RIGHT)));
    chain.mineUntil(panelOf(chain).commitDeadline);
    expect(chain.apply(operatorOf(late), commit(chain, late, RIGHT).operation)).toBe('too_late');
    chain.mine(others.map((id) => reveal(chain, id, RIGHT)));
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    expect(readProvider(chain.state, late)).toMatchObject({
      bond: BOND - PART,
      openSeats: 0,
      tasksFailed: 1n,
    });
    expect(reputationOf(chain, late)).toBe(4_500);
  });
});

describe('sleepers', () => {
  it('are drawn once more, only they: commitments stay, and the majority decides', () => {
    const chain = begin(8);
    const first = draw(chain, 5);
    const [awake, asleep] = [first.slice(0, 2), first.slice(2)];
    chain.mine(awake.map((id) => commit(chain, id, RIGHT)));
    const seats = readWholePanel(chain.state, 't')?.seats ?? [];
    chain.mineUntil(panelOf(chain).commitDeadline);
    // Settled at once: one part and 500 points each, and their operators are not drawn for this task again.
    for (const id of asleep) {
      expect(readProvider(chain.state, id)).toMatchObject({
        bond: BOND - PART,
        seats: [],
        openSeats: 0,
        uncommittedSeats: 0,
        tasksFailed: 1n,
      });
      expect(reputationOf(chain, id)).toBe(4_500);
    }
    expect(readTask(chain.state, 't')?.pastOperators).toHaveLength(3);
    untilPhase(chain, PanelPhase.committing, 1);
    const again = readWholePanel(chain.state, 't')?.seats ?? [];
    expect(again).toHaveLength(5);
    const fresh = again.filter(({ round }) => round === 1).map(({ provider }) => provider);
    expect(fresh).toHaveLength(3);
    expect(fresh.some((id) => first.includes(id))).toBe(false);
    for (const id of awake) {
      const kept = again.find(({ provider }) => provider === id);
      expect(kept).toEqual(seats.find(({ provider }) => provider === id));
      expect(kept).toMatchObject({ round: 0, status: SeatStatus.committed });
    }
    chain.mine(fresh.slice(0, 1).map((id) => commit(chain, id, RIGHT)));
    expect(codes(chain)).toEqual(['']);
    untilPhase(chain, PanelPhase.revealing, 1);
    // Each reveals what it committed to in its own round.
    const shown = [...awake, ...fresh.slice(0, 1)];
    chain.mine(shown.map((id) => reveal(chain, id, RIGHT)));
    expect(codes(chain)).toEqual(['', '', '']);
    expect(readTask(chain.state, 't')).toMatchObject({
      settlement: Settlement.final,
      outputHash: namedHash('Output', RIGHT),
    });
    expect(chain.last.receipts[0]?.receipt.providers).toEqual(expect.arrayContaining(shown));
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, drawCount: 0 });
  });

  it('are drawn once and no more: after the second round what is there has to do', () => {
    const chain = begin(8);
    draw(chain, 5);
    const started = chain.height - 5;
    while (readTask(chain.state, 't')?.status !== TaskStatus.failed) chain.mine();
    expect(readTask(chain.state, 't')).toMatchObject({ error: 'no_majority', escrow: 0n });
    const { config, params } = { config: { taskTimeout: '60s' }, params: { ...QUICK.params } };
    expect(chain.height - started).toBeLessThanOrEqual(
      longestPanelBlocks(config as never, { ...params, minBlockIntervalMs: 3_000 } as never, 5),
    );
    for (let i = 0; i < 8; i++) expect(readProvider(chain.state, `p${i}`)).toMatchObject({ openSeats: 0 });
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, drawCount: 0 });
  });

  it('draw with another round in the seed', () => {
    const chain = begin(8);
    draw(chain, 5);
    chain.mineUntil(panelOf(chain).commitDeadline);
    expect(panelOf(chain)).toMatchObject({ round: 1, phase: PanelPhase.drawing, committed: 0 });
    const [seat] = readWholePanel(chain.state, 't')?.seats ?? [];
    expect(seat?.round).toBe(1);
  });
});

describe('a seat that nobody can take', () => {
  it('is absent drawSlackBlocks after its round began, and nobody is blamed', () => {
    const chain = begin(5);
    chain.mine();
    const began = chain.height;
    const leaving = ['p0', 'p1', 'p2', 'p3', 'p4'].filter((id) => !seatsOf(chain).includes(id)).slice(0, 2);
    chain.mine(leaving.map((id) => chain.sign(operatorOf(id), { kind: 'beginUnbond', id })));
    untilPhase(chain, PanelPhase.committing, 0);
    // One of those that leave may have been drawn before its transaction ran.
    const present = seatsOf(chain);
    expect(present.length).toBeLessThan(5);
    expect(chain.height).toBe(began + 5 + QUICK.params.drawSlackBlocks);
    chain.mine(present.slice(0, 3).map((id) => commit(chain, id, RIGHT)));
    untilPhase(chain, PanelPhase.revealing, 0);
    chain.mine(present.slice(0, 3).map((id) => reveal(chain, id, RIGHT)));
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    for (const id of present.slice(0, 3)) expect(readProvider(chain.state, id)).toMatchObject({ bond: BOND });
  });

  it('holds the bond while it is open, also an excused one, and not for good', () => {
    const params = { ...QUICK.params, unbondBlocks: 2, maxOpenSeats: 3 };
    const chain = open(5, ['adder'], { ...QUICK, params });
    chain.must(user, submit({ model: 'adder', n: 5 }));
    for (let i = 0; i < 5; i++) chain.mine();
    const [id] = seatsOf(chain) as [string];
    holdSeats(chain, 5, 3);
    chain.must(user, submit({ id: 'u', model: 'adder', n: 5 }));
    for (let i = 0; i < 5; i++) chain.mine();
    // An excused seat is listed nowhere.
    expect(readProvider(chain.state, id)).toMatchObject({ openSeats: 2, uncommittedSeats: 3 });
    expect(readProvider(chain.state, id)?.seats).toEqual(['t']);
    chain.must(operatorOf(id), { kind: 'beginUnbond', id });
    for (let i = 0; i < 3; i++) chain.mine();
    expect(chain.apply(operatorOf(id), { kind: 'withdrawBond', id })).toBe('bond_reserved');
    expect(chain.last.details[0]).toContain('2 seats are open');
    const isOpen = (task: string) => readTask(chain.state, task)?.endedAtHeight === 0;
    while (isOpen('t') || isOpen('u')) chain.mine();
    expect(chain.apply(operatorOf(id), { kind: 'withdrawBond', id })).toBe('');
  });
});

describe('a seat that kernel 5 refutes', () => {
  it('is convicted in the block that shows it, and its other seats are excused and have no vote', () => {
    const chain = open(8, [], { ...QUICK });
    chain.mine(['t', 'u'].map((id, i) => chain.sign(user, submit({ id, n: 7 }), BigInt(i))));
    for (let i = 0; i < 7; i++) chain.mine();
    const truth = right(chain);
    const lie = truth.map((byte) => byte ^ 1);
    const onU = (id: string) =>
      readWholePanel(chain.state, 'u')?.seats.find(({ provider }) => provider === id);
    const ids = seatsOf(chain);
    const [liar, ...others] = [...ids.filter((id) => onU(id) !== undefined), ...ids].filter(
      (id, i, all) => all.indexOf(id) === i,
    ) as [string, ...string[]];
    // The liar and three more commit on u: with the liar that would be a majority of seven.
    const voters = [liar, ...others.filter((id) => onU(id) !== undefined).slice(0, 3)];
    chain.mine(voters.map((id) => commitOn(chain, 'u', id, truth)));
    expect(codes(chain)).toEqual(voters.map(() => ''));
    chain.mine(ids.map((id) => commit(chain, id, id === liar ? lie : truth)));
    chain.mine([reveal(chain, liar, lie)]);
    // At once, while six more have to reveal.
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.revealing);
    expect(readProvider(chain.state, liar)).toMatchObject({ status: ProviderStatus.slashed, bond: 0n });
    expect(chain.last.events.filter(({ kind }) => kind === 'conviction')).toMatchObject([
      { provider: liar, forfeited: BOND, rewarded: 0n, burned: BOND },
    ]);
    const absent: string[] = [];
    for (let i = 0; i < 60 && (readPanel(chain.state, 'u')?.round ?? 1) === 0; i++) {
      for (const event of chain.mine().events)
        if (event.kind === 'seat' && event.taskId === 'u' && event.change === 'absent')
          absent.push(event.provider);
    }
    // Three commitments that count are fewer than four: the liar's seat is drawn again with those that slept.
    expect(readPanel(chain.state, 'u')).toMatchObject({ round: 1 });
    expect(onU(liar)).toBeUndefined();
    expect(absent).not.toContain(liar);
    expect(absent.length).toBe(3);
    expect(readProvider(chain.state, liar)).toMatchObject({ openSeats: 1, tasksFailed: 0n });
  });
});
