import {
  hashCommitment,
  type Operation,
  ProviderStatus,
  readAccount,
  readChain,
  readDispute,
  readModel,
  readPanel,
  readProvider,
  readTask,
  readTaskOutput,
  readWeights,
  runInt8Kernel,
  Settlement,
  TaskStatus,
} from '@aivm/core';
import { describe, expect, test } from 'vitest';
import { WaitReason } from '../../src/state/records/task.ts';
import { type Person, person, TestChain } from './test-chain.ts';

const NO_HASH = new Uint8Array(32);
const BOND = 10n ** 18n;
const INPUT = new Uint8Array(32).fill(7);

const user = person(1);
const watcher = person(2);
const operators = Array.from({ length: 8 }, (_, i) => person(10 + i));

const register = (id: string, by: Person, models: readonly string[] = []): Operation => ({
  kind: 'registerProvider',
  id,
  walletAddress: by.address,
  endpoint: '',
  gpus: [],
  models,
  bond: BOND,
});

const submit = (over: Partial<Extract<Operation, { kind: 'submitTask' }>> = {}): Operation => ({
  kind: 'submitTask',
  id: 't',
  taskType: 'inference',
  model: 'wdbc-int8',
  input: INPUT,
  fee: 5_000_000n,
  mode: 1,
  m: 0,
  n: 0,
  deadlineBlocks: 0n,
  ...over,
});

const opaqueModel: Operation = {
  kind: 'registerModel',
  id: 'adder',
  name: 'adder',
  modelType: 'function',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: 0,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: new Uint8Array(32).fill(1),
  licenseRoot: NO_HASH,
};

function open(
  providers: number,
  models: readonly string[] = [],
  genesis: Record<string, unknown> = {},
): TestChain {
  const chain = new TestChain(genesis, [user, watcher, ...operators]);
  if (models.length > 0) chain.mine([chain.sign(user, opaqueModel)]);
  chain.mine(operators.slice(0, providers).map((by, i) => chain.sign(by, register(`p${i}`, by, models))));
  return chain;
}

const right = (chain: TestChain): Uint8Array => {
  const model = readModel(chain.state, 'wdbc-int8');
  const weights = readWeights(chain.state, model?.weightHash ?? NO_HASH);
  return runInt8Kernel(weights?.parameters ?? NO_HASH, INPUT);
};

const operatorOf = (id: string): Person => operators[Number(id.slice(1))] as Person;
const saltOf = (id: string): Uint8Array => new Uint8Array(32).fill(100 + Number(id.slice(1)));
const seated = (chain: TestChain): string[] =>
  operators
    .map((_, i) => `p${i}`)
    .filter((id) => readProvider(chain.state, id)?.assigned.includes('t') === true);

function commit(chain: TestChain, id: string, output: Uint8Array) {
  const commitment = hashCommitment({
    chainId: chain.tip.header.chainId,
    taskId: 't',
    output,
    traceRoot: NO_HASH,
    provider: id,
    salt: saltOf(id),
  });
  return chain.sign(operatorOf(id), { kind: 'commitResult', taskId: 't', provider: id, commitment });
}

const reveal = (chain: TestChain, id: string, output: Uint8Array) =>
  chain.sign(operatorOf(id), {
    kind: 'revealResult',
    taskId: 't',
    provider: id,
    output,
    computeTimeMs: 3n,
    traceRoot: NO_HASH,
    salt: saltOf(id),
  });

/** Draws a whole panel: one seat a block. */
function draw(chain: TestChain, n: number): string[] {
  for (let i = 0; i < n; i++) {
    expect(seated(chain)).toHaveLength(i);
    chain.mine();
  }
  return seated(chain);
}

const codes = (chain: TestChain): string[] => chain.last.outcomes.map(({ code }) => code);

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
    // Five equal parts of 25,000,000 less the admission, nothing left but the division's rest.
    expect(readAccount(chain.state, user.address).balance - before).toBeLessThan(5n);
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
    const original = hashCommitment({
      chainId: chain.tip.header.chainId,
      taskId: 't',
      output: answer,
      traceRoot: NO_HASH,
      provider: first,
      salt: saltOf(first),
    });
    chain.mine([
      ...ids.filter((id) => id !== copier).map((id) => commit(chain, id, answer)),
      chain.sign(operatorOf(copier), {
        kind: 'commitResult',
        taskId: 't',
        provider: copier,
        commitment: original,
      }),
    ]);
    chain.mine([
      chain.sign(operatorOf(copier), {
        kind: 'revealResult',
        taskId: 't',
        provider: copier,
        output: answer,
        computeTimeMs: 1n,
        traceRoot: NO_HASH,
        salt: saltOf(first),
      }),
    ]);
    expect(codes(chain)).toEqual(['invalid_input']);
  });

  test('withholding a reveal costs a penalty, never committing only reputation', () => {
    const chain = open(5);
    chain.mine([chain.sign(user, submit({ m: 3 }))]);
    const ids = draw(chain, 5);
    const answer = right(chain);
    const [withholder, absent, ...good] = ids as [string, string, ...string[]];
    chain.mine([withholder, ...good].map((id) => commit(chain, id, answer)));
    while (readTask(chain.state, 't')?.settlement === Settlement.committing) chain.mine();
    chain.mine(good.map((id) => reveal(chain, id, answer)));
    while (readTask(chain.state, 't')?.settlement === Settlement.revealing) chain.mine();
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    expect(readProvider(chain.state, withholder)?.bond).toBe(BOND - 50_000_000n);
    expect(readProvider(chain.state, absent)?.bond).toBe(BOND);
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
    const chain = open(4);
    chain.mine([chain.sign(user, submit())]);
    for (let i = 0; i < 4; i++) {
      chain.mine();
      expect(seated(chain)).toEqual([]);
    }
    expect(readTask(chain.state, 't')?.waitReason).toBe(WaitReason.noProvider);
    // One more, and the panel is drawn.
    chain.mine([chain.sign(operators[4] as Person, register('p4', operators[4] as Person))]);
    expect(draw(chain, 5)).toHaveLength(5);
  });

  test('gives its seats back where two panels would wait for each other', () => {
    const chain = open(5);
    const ids = ['t', 'u', 'v'];
    chain.mine(ids.map((id, i) => chain.sign(user, submit({ id, m: 2, n: 3 }), BigInt(i))));
    for (let i = 0; i < 12; i++) chain.mine();
    const settlements = ids.map((id) => readTask(chain.state, id)?.settlement);
    expect(settlements.filter((one) => one === Settlement.committing)).toHaveLength(1);
    // Five providers, one place each: three are seated, nobody else is held for long.
    const held = operators.slice(0, 5).map((_, i) => readProvider(chain.state, `p${i}`)?.assigned ?? []);
    const complete = ids[settlements.indexOf(Settlement.committing)] as string;
    expect(held.flat().filter((id) => id === complete)).toHaveLength(3);
    chain.mineUntil(chain.height + 101);
    chain.mineUntil(chain.height + 5);
    expect(ids.filter((id) => readTask(chain.state, id)?.settlement !== Settlement.open).length).toBe(2);
  });

  test('is refunded at its deadline where seats cannot be filled, and blames nobody', () => {
    const chain = open(3);
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

describe('a committee', () => {
  const posted = Uint8Array.of(1, 2);
  const other = Uint8Array.of(9);

  function dispute(
    providers: number,
    genesis: Record<string, unknown> = {},
  ): { chain: TestChain; provider: string; members: string[] } {
    const chain = open(providers, ['adder'], genesis);
    chain.mine([chain.sign(user, submit({ model: 'adder', mode: 0 }))]);
    chain.mine();
    const [provider] = seated(chain) as [string];
    chain.mine([
      chain.sign(operatorOf(provider), {
        kind: 'submitResult',
        taskId: 't',
        provider,
        output: posted,
        error: '',
        computeTimeMs: 1n,
        proof: NO_HASH,
        traceRoot: NO_HASH,
      }),
    ]);
    chain.mine([
      chain.sign(watcher, {
        kind: 'challenge',
        taskId: 't',
        output: other,
        traceRoot: NO_HASH,
        bond: 10n ** 16n,
      }),
    ]);
    if (codes(chain)[0] !== '') return { chain, provider, members: [] };
    return { chain, provider, members: draw(chain, readPanel(chain.state, 't')?.n ?? 0) };
  }

  function vote(chain: TestChain, members: readonly string[], output: Uint8Array): void {
    chain.mine(members.map((id) => commit(chain, id, output)));
    chain.mine(members.map((id) => reveal(chain, id, output)));
  }

  test('upholds a result: the challenger loses its bond and pays the members', () => {
    const { chain, provider, members } = dispute(6);
    expect(members).toHaveLength(5);
    expect(members).not.toContain(provider);
    const wallet = readAccount(chain.state, operatorOf(provider).address).balance;
    vote(chain, members, posted);
    expect(readTask(chain.state, 't')?.settlement).toBe(Settlement.final);
    expect(readAccount(chain.state, operatorOf(provider).address).balance - wallet).toBeGreaterThan(
      10n ** 16n / 2n - 1n,
    );
    expect(readDispute(chain.state, 't')).toBeUndefined();
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  test('overturns a result: the requester is refunded, the provider pays penalty and committee', () => {
    const { chain, provider, members } = dispute(6);
    const challengerBefore = readAccount(chain.state, watcher.address).balance;
    vote(chain, members, other);
    expect(readTask(chain.state, 't')).toMatchObject({
      settlement: Settlement.void,
      status: TaskStatus.failed,
    });
    expect(readAccount(chain.state, watcher.address).balance - challengerBefore).toBe(
      10n ** 16n + 25_000_000n,
    );
    expect(readProvider(chain.state, provider)?.bond).toBe(BOND - 50_000_000n - 25_000_000n);
    expect(readChain(chain.state)).toMatchObject({ timersPending: 0, queueCount: 0, tasksOpen: 0n });
  });

  test('has at least as many seats as must agree', () => {
    const { chain, members } = dispute(8, { config: { redundancyFactor: 7 } });
    expect(members).toHaveLength(7);
    expect(readPanel(chain.state, 't')).toMatchObject({ m: 7, n: 7 });
  });

  test('leaves no output of a result that fell', () => {
    const { chain, members } = dispute(6);
    expect(readTaskOutput(chain.state, 't')).toEqual(posted);
    vote(chain, members, other);
    expect(readTaskOutput(chain.state, 't')).toBeUndefined();
  });

  test('without enough other providers is refused', () => {
    const { chain } = dispute(5);
    expect(codes(chain)).toEqual(['not_verifiable']);
  });
});
