import { hashCommitment } from '@aivm/core/execute';
import {
  readAccount,
  readChain,
  readOperator,
  readProvider,
  readTask,
  Settlement,
  TaskStatus,
  Vote,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { ANSWER_FACTS, CLAIM_FACTS, factsOf, SEAT_FACTS, seatOf } from '../named-facts.ts';
import {
  BOND,
  codes,
  draw,
  NO_HASH,
  open,
  operatorOf,
  saltOf,
  seated,
  submit,
  user,
  watcher,
} from '../panel-scenario.ts';
import type { TestChain } from '../test-chain.ts';

const FEE = 5_000_000n;
const GENESIS = { params: { development: true, seatFee: 1n } };
const OUTPUT = Uint8Array.of(42);
type Ballot = readonly [vote: number, output: Uint8Array];
const says: Ballot = [Vote.output, OUTPUT];
const tooLong: Ballot = [Vote.tooLong, new Uint8Array()];
const cannotRun: Ballot = [Vote.cannotRun, new Uint8Array()];

const balance = (chain: TestChain): bigint => readAccount(chain.state, user.address).balance;
const earned = (chain: TestChain, id: string): bigint => readProvider(chain.state, id)?.feesEarned ?? -1n;
const reputationOf = (chain: TestChain, id: string): number =>
  readOperator(chain.state, operatorOf(id).address).reputation;

function commitVote(chain: TestChain, id: string, [vote, output]: Ballot) {
  const place = { ...factsOf(chain.state, 't'), ...seatOf(chain.state, 't', id) };
  const { genesisHash } = readChain(chain.state);
  const own = { ...place, genesisHash, taskId: 't', vote, output, provider: id, salt: saltOf(id) };
  const facts = { taskId: 't', provider: id, ...SEAT_FACTS };
  return chain.sign(operatorOf(id), { kind: 'commitResult', ...facts, commitment: hashCommitment(own) });
}

const revealVote = (chain: TestChain, id: string, [vote, output]: Ballot) =>
  chain.sign(operatorOf(id), {
    kind: 'revealResult',
    taskId: 't',
    provider: id,
    ...SEAT_FACTS,
    vote,
    output,
    computeTimeMs: 1n,
    salt: saltOf(id),
  });

/** All members commit, then all reveal. */
function play(chain: TestChain, ids: readonly string[], ballots: readonly Ballot[]): void {
  chain.mine(ids.map((id, i) => commitVote(chain, id, ballots[i] as Ballot)));
  chain.mine(ids.map((id, i) => revealVote(chain, id, ballots[i] as Ballot)));
  expect(codes(chain)).toEqual(ids.map(() => ''));
}

function panel(models: readonly string[] = ['adder']) {
  const chain = open(8, models, GENESIS);
  chain.mine([chain.sign(user, submit({ model: models[0] ?? 'wdbc-int8', n: 5 }))]);
  const part = (readTask(chain.state, 't')?.escrow ?? 0n) / 5n;
  return { chain, ids: draw(chain, 5), part };
}

describe('a panel of an opaque model', () => {
  it.each([
    ['too_long', tooLong, cannotRun],
    ['cannot_run', cannotRun, tooLong],
  ])(
    'ends as failed where a majority says %s: half a part each, the rest is refunded',
    (error, vote, other) => {
      const { chain, ids, part } = panel();
      const [before, { burned }] = [balance(chain), readChain(chain.state)];
      play(chain, ids, [vote, vote, vote, other, says]);
      expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.failed, error, escrow: 0n });
      const half = part / 2n;
      for (const id of ids.slice(0, 3)) expect(earned(chain, id)).toBe(half - half / 10n);
      for (const id of ids.slice(3)) expect(earned(chain, id)).toBe(0n);
      expect(balance(chain) - before).toBeGreaterThanOrEqual(2n * part);
      expect(balance(chain) - before).toBeLessThan(2n * part + 5n);
      expect(readChain(chain.state).burned - burned).toBeGreaterThanOrEqual(3n * (part - half));
      // The other error is an absence; an output is not refuted by a vote that there can be none.
      expect(readProvider(chain.state, ids[3] as string)?.bond).toBe(BOND - FEE);
      expect(readProvider(chain.state, ids[4] as string)?.bond).toBe(BOND);
      expect(readChain(chain.state)).toMatchObject({ timersPending: 0, tasksOpen: 0n });
    },
  );

  it('counts an error in the minority as an absence without an excuse', () => {
    const { chain, ids } = panel();
    play(chain, ids, [says, says, says, cannotRun, tooLong]);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    for (const id of ids.slice(3)) {
      expect(readProvider(chain.state, id)).toMatchObject({ bond: BOND - FEE, feesEarned: 0n });
      expect(reputationOf(chain, id)).toBe(4_500);
    }
  });

  it('pays errors nothing where there is no majority', () => {
    const { chain, ids, part } = panel();
    const before = balance(chain);
    play(chain, ids, [cannotRun, cannotRun, tooLong, tooLong, says]);
    expect(readTask(chain.state, 't')).toMatchObject({ status: TaskStatus.failed, error: 'no_majority' });
    for (const id of ids) expect(earned(chain, id)).toBe(0n);
    expect(balance(chain) - before).toBeGreaterThanOrEqual(4n * part);
  });

  it('hashes errors under a name of their own: no output passes for one', () => {
    const { chain, ids } = panel();
    const [first, ...others] = ids as [string, ...string[]];
    // An output of the very byte that stands for the error.
    chain.mine([
      commitVote(chain, first, [Vote.output, Uint8Array.of(Vote.cannotRun)]),
      ...others.map((id) => commitVote(chain, id, says)),
    ]);
    chain.mine([revealVote(chain, first, cannotRun)]);
    expect(codes(chain)).toEqual(['invalid_input']);
  });

  it.each([
    ['out_of_range', [3, new Uint8Array()] as const],
    ['malformed', [Vote.tooLong, OUTPUT] as const],
  ])('refuses what is no vote: %s', (code, vote) => {
    const { chain, ids } = panel();
    chain.mine(ids.map((id) => commitVote(chain, id, cannotRun)));
    chain.mine([revealVote(chain, ids[0] as string, vote)]);
    expect(codes(chain)).toEqual([code]);
  });
});

describe('a panel of a model with an output for every input', () => {
  it('takes no error: whoever committed to one has withheld its answer', () => {
    const { chain, ids } = panel([]);
    chain.mine(ids.map((id) => commitVote(chain, id, cannotRun)));
    chain.mine([revealVote(chain, ids[0] as string, cannotRun)]);
    expect(codes(chain)).toEqual(['not_supported']);
    while (readTask(chain.state, 't')?.endedAtHeight === 0) chain.mine();
    for (const id of ids) expect(readProvider(chain.state, id)?.bond).toBe(BOND - 10n * FEE);
  });
});

describe('a committee', () => {
  /** A posted result that is challenged, with all members drawn. */
  function dispute() {
    const chain = open(8, ['adder'], GENESIS);
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const [provider] = seated(chain) as [string];
    const answer = { kind: 'submitResult', taskId: 't', provider, ...ANSWER_FACTS, output: OUTPUT } as const;
    const rest = { error: '', computeTimeMs: 1n, proof: NO_HASH, sessionSignature: new Uint8Array() };
    chain.must(operatorOf(provider), { ...answer, ...rest });
    const claim = { output: Uint8Array.of(9), bond: 10n ** 16n, rootCommitment: NO_HASH };
    const held = readAccount(chain.state, watcher.address).balance;
    chain.must(watcher, { kind: 'challenge', taskId: 't', ...CLAIM_FACTS, ...claim });
    const fee = held - readAccount(chain.state, watcher.address).balance - claim.bond - 5n * FEE;
    return { chain, provider, before: held - fee, members: draw(chain, 5) };
  }
  const lost = (chain: TestChain, before: bigint) =>
    before - readAccount(chain.state, watcher.address).balance;

  it('that finds the answer too long finds the provider wrong', () => {
    const { chain, provider, members, before } = dispute();
    play(chain, members, [tooLong, tooLong, tooLong, says, says]);
    expect(readTask(chain.state, 't')).toMatchObject({
      settlement: Settlement.void,
      error: 'challenge_upheld',
    });
    expect(lost(chain, before)).toBe(0n);
    expect(readProvider(chain.state, provider)?.bond).toBe(BOND - 3n * FEE - 10n * FEE);
    for (const id of members.slice(3)) expect(readProvider(chain.state, id)?.bond).toBe(BOND);
  });

  it('that cannot run the task decides nothing, and has half a part each', () => {
    const { chain, provider, members, before } = dispute();
    play(chain, members, [cannotRun, cannotRun, cannotRun, says, says]);
    expect(readTask(chain.state, 't')).toMatchObject({ settlement: Settlement.void, error: 'undecided' });
    expect(readProvider(chain.state, provider)?.bond).toBe(BOND);
    const half = FEE / 2n;
    for (const id of members.slice(0, 3)) expect(earned(chain, id)).toBe(half - half / 10n);
    // Three halves to the members, three burned.
    expect(lost(chain, before)).toBe(3n * FEE);
  });
});
