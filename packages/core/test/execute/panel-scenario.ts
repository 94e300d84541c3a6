import { hashCommitment, runInt8Kernel } from '@aivm/core/execute';
import { DEFAULT_PARAMS, readChain, readModel, readProvider, readWeights, Vote } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { expect } from 'vitest';
import { writeProvider } from '../../src/execute/context/block-context.ts';
import { requireProvider } from '../../src/state/read.ts';
import { factsOf, SEAT_FACTS, seatOf } from './named-facts.ts';
import { changeState, type Person, person, TestChain } from './test-chain.ts';

export const NO_HASH = new Uint8Array(32);
export const BOND = 10n ** 18n;
/** What a seat is paid at least: more than the fees of these tests. */
export const SEAT_FEE = DEFAULT_PARAMS.seatFee;
export const INPUT = new Uint8Array(32).fill(7);

export const user = person(1);
export const watcher = person(2);
export const operators = Array.from({ length: 16 }, (_, i) => person(10 + i));

export const register = (id: string, by: Person, models: readonly string[] = []): Operation => ({
  kind: 'registerProvider',
  id,
  walletAddress: by.address,
  endpoint: '',
  gpus: [],
  models,
  bond: BOND,
});

export const submit = (over: Partial<Extract<Operation, { kind: 'submitTask' }>> = {}): Operation => ({
  kind: 'submitTask',
  id: 't',
  taskType: 'inference',
  model: 'wdbc-int8',
  input: INPUT,
  fee: 5_000_000n,
  maxAdmission: 0n,
  mode: 1,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
  ...over,
});

export const opaqueModel: Operation = {
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

export function open(
  providers: number,
  models: readonly string[] = [],
  genesis: Record<string, unknown> = {},
): TestChain {
  const chain = new TestChain(genesis, [user, watcher, ...operators]);
  if (models.length > 0) chain.mine([chain.sign(user, opaqueModel)]);
  chain.mine(operators.slice(0, providers).map((by, i) => chain.sign(by, register(`p${i}`, by, models))));
  return chain;
}

export const right = (chain: TestChain): Uint8Array => {
  const model = readModel(chain.state, 'wdbc-int8');
  const weights = readWeights(chain.state, model?.weightHash ?? NO_HASH);
  return runInt8Kernel(weights?.parameters ?? NO_HASH, INPUT);
};

export const operatorOf = (id: string): Person => operators[Number(id.slice(1))] as Person;
export const saltOf = (id: string): Uint8Array => new Uint8Array(32).fill(100 + Number(id.slice(1)));
/** Whether the provider holds task t: as its own, or a seat of its panel. */
function holds(chain: TestChain, id: string): boolean {
  const provider = readProvider(chain.state, id);
  return provider !== undefined && [...provider.assigned, ...provider.seats].includes('t');
}

export const seated = (chain: TestChain): string[] =>
  operators.map((_, i) => `p${i}`).filter((id) => holds(chain, id));

/** What the provider's seat on task t commits to, by the facts of the state. */
export const commitmentOf = (chain: TestChain, id: string, output: Uint8Array): Uint8Array =>
  hashCommitment({
    ...factsOf(chain.state, 't'),
    ...seatOf(chain.state, 't', id),
    genesisHash: readChain(chain.state).genesisHash,
    taskId: 't',
    vote: Vote.output,
    output,
    provider: id,
    salt: saltOf(id),
  });

export function commit(chain: TestChain, id: string, output: Uint8Array) {
  const commitment = commitmentOf(chain, id, output);
  return chain.sign(operatorOf(id), {
    kind: 'commitResult',
    taskId: 't',
    provider: id,
    ...SEAT_FACTS,
    commitment,
  });
}

export const reveal = (chain: TestChain, id: string, output: Uint8Array) =>
  chain.sign(operatorOf(id), {
    kind: 'revealResult',
    taskId: 't',
    provider: id,
    ...SEAT_FACTS,
    vote: Vote.output,
    output,
    computeTimeMs: 3n,
    salt: saltOf(id),
  });

/** Draws a whole panel: one seat a block. */
export function draw(chain: TestChain, n: number): string[] {
  for (let i = 0; i < n; i++) {
    expect(seated(chain)).toHaveLength(i);
    chain.mine();
  }
  return seated(chain);
}

export const codes = (chain: TestChain): string[] => chain.last.outcomes.map(({ code }) => code);

/** The first members hold so many seats that have not committed, of panels that are not there. */
export function holdSeats(chain: TestChain, members: number, count: number): void {
  changeState(chain, (context) => {
    for (let i = 0; i < members; i++) {
      const provider = requireProvider(context.state, `p${i}`);
      writeProvider(context, { ...provider, uncommittedSeats: count });
    }
  });
}
