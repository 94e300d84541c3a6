import { genesisModels, runInt8Kernel } from '@aivm/core/execute';
import {
  readParams,
  readProvider,
  readTask,
  readTaskInput,
  type TaskRecord as Task,
  TaskStatus,
} from '@aivm/core/state';
import type { Operation, OperationOf } from '@aivm/core/tx';
import { challengeBondOf } from '../../src/execute/disputes/challenge-bond.ts';
import { ANSWER_FACTS, CLAIM_FACTS } from './named-facts.ts';
import { type Person, person, type TestChain } from './test-chain.ts';

export const alice: Person = person(1);
export const bob: Person = person(2);
export const carol: Person = person(3);
export const dave: Person = person(4);
export const eve: Person = person(5);
export const frank: Person = person(6);
export const mallory: Person = person(7);
/** Somebody without money, unless a test gives him some. */
export const poor: Person = person(99);
export const people: readonly Person[] = [alice, bob, carol, dave, eve, frank, mallory];

export const BOND = 10n ** 18n;
export const FEE = 10_000_000n;
export const ZERO_HASH = new Uint8Array(32);

/** Windows of 5 blocks, answers within 3, bonds that leave after 12. */
export const FAST = {
  config: { challengeWindowBlocks: 5, taskTimeout: '9s', maxProvidersPerNode: 2 },
  params: { unbondBlocks: 12, development: true },
} as const;

const wdbc = genesisModels().find((model) => model.id === 'wdbc-int8');
export const WDBC_WEIGHTS: Uint8Array = wdbc?.weights ?? new Uint8Array();

/** The n-th input of the tests: 32 int8. */
export const inputOf = (n: number): Uint8Array => new Uint8Array(32).map((_, i) => (n * 37 + i * 11) & 255);
export const rightOutput = (input: Uint8Array): Uint8Array => runInt8Kernel(WDBC_WEIGHTS, input);
export const wrongOutput = (input: Uint8Array): Uint8Array => rightOutput(input).map((byte) => byte ^ 1);
/** Wrong, and not equal to {@link wrongOutput}. */
export const otherWrongOutput = (input: Uint8Array): Uint8Array => rightOutput(input).map((byte) => byte ^ 2);

export const registerProvider = (
  by: Person,
  id: string,
  more: Partial<OperationOf<'registerProvider'>> = {},
): Operation => ({
  kind: 'registerProvider',
  id,
  walletAddress: by.address,
  endpoint: 'http://localhost:9000',
  gpus: [],
  models: [],
  bond: BOND,
  ...more,
});

export const registerModel = (
  id: string,
  more: Partial<OperationOf<'registerModel'>> = {},
): OperationOf<'registerModel'> => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'chat',
  capabilities: ['chat'],
  contextSize: 1,
  parameters: '1',
  checkClass: 0,
  deterministic: false,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: new Uint8Array(32).fill(9),
  licenseRoot: ZERO_HASH,
  ...more,
});

export const submitTask = (
  id: string,
  more: Partial<OperationOf<'submitTask'>> = {},
): OperationOf<'submitTask'> => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: 'wdbc-int8',
  input: inputOf(1),
  fee: FEE,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
  ...more,
});

export const submitResult = (
  taskId: string,
  provider: string,
  more: Partial<OperationOf<'submitResult'>> = {},
): OperationOf<'submitResult'> => ({
  kind: 'submitResult',
  taskId,
  provider,
  ...ANSWER_FACTS,
  output: rightOutput(inputOf(1)),
  error: '',
  computeTimeMs: 7n,
  proof: new Uint8Array(),
  sessionSignature: new Uint8Array(),
  ...more,
});

export const challenge = (
  taskId: string,
  more: Partial<OperationOf<'challenge'>> = {},
): OperationOf<'challenge'> => ({
  kind: 'challenge',
  taskId,
  ...CLAIM_FACTS,
  output: rightOutput(inputOf(1)),
  bond: 10n ** 16n,
  rootCommitment: ZERO_HASH,
  ...more,
});

export const taskOf = (chain: TestChain, id: string): Task => {
  const task = readTask(chain.state, id);
  if (task === undefined) throw new Error(`no task ${id}`);
  return task;
};

/** The person who operates a provider. */
export function operatorOf(chain: TestChain, provider: string): Person {
  const address = readProvider(chain.state, provider)?.operator;
  const found = people.find((one) => address !== undefined && one.address.join() === address.join());
  if (found === undefined) throw new Error(`nobody operates ${provider}`);
  return found;
}

/** Mines until somebody was drawn for the task. @returns who, and the person behind him. */
export function untilAssigned(chain: TestChain, id: string): { provider: string; operator: Person } {
  for (let i = 0; i < 20; i++) {
    const { status, assignedTo } = taskOf(chain, id);
    if (status === TaskStatus.assigned)
      return { provider: assignedTo, operator: operatorOf(chain, assignedTo) };
    chain.mine();
  }
  throw new Error(`nobody was drawn for ${id}`);
}

/** The drawn provider answers: rightly, or with `output`. */
export function answer(chain: TestChain, id: string, output?: Uint8Array): string {
  const { provider, operator } = untilAssigned(chain, id);
  const input = readTaskInput(chain.state, id) ?? new Uint8Array();
  chain.must(operator, submitResult(id, provider, { output: output ?? rightOutput(input) }));
  return provider;
}

/** Submits a task, has it answered rightly, and mines to the end of its window. */
export function complete(chain: TestChain, id: string, by: Person = alice): void {
  chain.must(by, submitTask(id));
  answer(chain, id);
  chain.mineUntil(taskOf(chain, id).finalAtHeight);
}

export const leastChallengeBond = (chain: TestChain, fee: bigint): bigint =>
  challengeBondOf(readParams(chain.state), fee);
