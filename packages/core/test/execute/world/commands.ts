import { equalBytes } from '@aivm/core/bytes';
import {
  CheckClass,
  listProviders,
  ProviderStatus,
  readTaskInput,
  readTaskOutput,
  Settlement,
  type TaskRecord as Task,
  TaskStatus,
} from '@aivm/core/state';
import fc from 'fast-check';
import {
  alice,
  BOND,
  bob,
  carol,
  challenge,
  dave,
  eve,
  FEE,
  frank,
  inputOf,
  operatorOf,
  registerModel,
  registerProvider,
  rightOutput,
  submitResult,
  submitTask,
  WDBC_WEIGHTS,
  wrongOutput,
  ZERO_HASH,
} from '../scenario.ts';
import type { Person, TestChain } from '../test-chain.ts';
import { attestationsOf, documentOf, OPERATORS, waitingProviderOf } from './attestation-commands.ts';
import type { Census } from './census.ts';
import { choose, commitsOf, revealsOf, type Signed } from './panel-commands.ts';

/** What a generated command does: `pick` chooses among what the chain offers at that moment. */
export interface Command {
  readonly kind:
    | 'register'
    | 'submit'
    | 'right'
    | 'wrong'
    | 'error'
    | 'accuse'
    | 'slander'
    | 'cancel'
    | 'unbond'
    | 'withdraw'
    | 'heartbeat'
    | 'transfer'
    | 'claim'
    | 'addBond'
    | 'model'
    | 'update'
    | 'dispute'
    | 'attest'
    | 'document'
    | 'commit'
    | 'reveal';
  readonly pick: number;
}

/** A block: commands, and the seconds since the one before. */
export interface Step {
  readonly seconds: number;
  readonly commands: readonly Command[];
}

/** How often each kind comes up, out of the sum of all. */
export const KIND_WEIGHTS: Readonly<Record<Command['kind'], number>> = {
  register: 3,
  submit: 8,
  right: 8,
  wrong: 3,
  error: 2,
  accuse: 4,
  slander: 1,
  cancel: 1,
  unbond: 1,
  withdraw: 2,
  heartbeat: 2,
  transfer: 1,
  claim: 5,
  addBond: 1,
  model: 1,
  update: 3,
  dispute: 6,
  attest: 8,
  document: 3,
  commit: 10,
  reveal: 10,
};

const kinds = fc.oneof(
  ...Object.entries(KIND_WEIGHTS).map(([kind, weight]) => ({
    weight,
    arbitrary: fc.constant(kind as Command['kind']),
  })),
);

/** Sequences of blocks; now and then block time jumps over one epoch or several. */
export const steps = (count: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      seconds: fc.oneof(
        { weight: 8, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.constantFrom(0, 60, 500) },
      ),
      commands: fc.array(fc.record({ kind: kinds, pick: fc.nat(1_000) }), { maxLength: 5 }),
    }),
    { minLength: count, maxLength: count },
  );

const REQUESTERS = [alice, eve, bob];
const MODELS = ['wdbc-int8', 'fn', 'wdbc-int8', 'fn', 'qwen3-8b', 'fn', 'named', 'fn', 'kernel'];

/** Redundant in two of five: by the chain's defaults, or 2 of 2. */
const seatsAsked = (pick: number): { readonly mode: number; readonly m: number; readonly n: number } =>
  [
    { mode: 1, m: 0, n: 0 },
    { mode: 1, m: 0, n: 3 },
  ][pick % 5] ?? { mode: 0, m: 0, n: 0 };

const resultOf = (chain: TestChain, task: Task, more: Parameters<typeof submitResult>[2]): Signed => [
  operatorOf(chain, task.assignedTo),
  submitResult(task.id, task.assignedTo, more),
];

const inputOfTask = (chain: TestChain, task: Task): Uint8Array =>
  readTaskInput(chain.state, task.id) ?? new Uint8Array(32);

function answerOf(chain: TestChain, { tasks }: Census, { kind, pick }: Command): Signed | undefined {
  const task = choose(
    tasks.filter(({ status, n }) => status === TaskStatus.assigned && n === 0),
    pick,
  );
  if (task === undefined) return undefined;
  if (kind === 'error') return resultOf(chain, task, { output: new Uint8Array(), error: `no: ${pick}` });
  const input = inputOfTask(chain, task);
  return resultOf(chain, task, { output: kind === 'right' ? rightOutput(input) : wrongOutput(input) });
}

function challengeOf(chain: TestChain, { tasks }: Census, { kind, pick }: Command): Signed | undefined {
  const task = choose(
    tasks.filter(
      ({ status, settlement, model }) =>
        status === TaskStatus.processing &&
        (kind !== 'dispute' || (settlement === Settlement.posted && model === 'fn')),
    ),
    pick,
  );
  if (task === undefined) return undefined;
  const input = inputOfTask(chain, task);
  const output = kind === 'slander' ? rightOutput(input).map((byte) => byte ^ 3) : rightOutput(input);
  // A panel's task has no provider before it is settled, and no result to challenge.
  const accused = task.assignedTo === '' ? bob : operatorOf(chain, task.assignedTo);
  const by = choose([eve, alice, accused], pick >> 2) as Person;
  if (kind === 'dispute') {
    const posted = readTaskOutput(chain.state, task.id) ?? output;
    return [by, challenge(task.id, { output: equalBytes(posted, output) ? wrongOutput(input) : output })];
  }
  return [by, challenge(task.id, { output })];
}

function lifeOf(chain: TestChain, { kind, pick }: Command): Signed | undefined {
  const providers = listProviders(chain.state);
  const withdrawable = providers.filter(({ withdrawableAtHeight }) => withdrawableAtHeight > 0);
  const active = providers.filter(({ status }) => status === ProviderStatus.active);
  const rewarded = providers.filter(
    ({ epochReward, rewardsClaimable }) => epochReward + rewardsClaimable > 0n,
  );
  const offered = { withdraw: withdrawable, heartbeat: active, claim: rewarded }[kind as string] ?? providers;
  const provider = choose(offered, pick);
  if (provider === undefined) return undefined;
  const { id } = provider;
  const by = operatorOf(chain, id);
  if (kind === 'unbond') return [by, { kind: 'beginUnbond', id }];
  if (kind === 'withdraw') return [by, { kind: 'withdrawBond', id }];
  if (kind === 'heartbeat') return [by, { kind: 'heartbeat', id }];
  if (kind === 'claim') return [by, { kind: 'claimRewards', provider: id }];
  return [by, { kind: 'addBond', id, amount: BOND / 2n + BigInt(pick) }];
}

function registration(chain: TestChain, pick: number): Signed {
  const by = choose(OPERATORS, pick) as Person;
  const models = [['named', 'wdbc-int8'], ['fn', 'wdbc-int8', 'qwen3-8b'], []][pick % 3] ?? [];
  const gpu = { model: 'RTX', memoryGb: 8, tflops: '1', available: true, temperature: '1', utilization: '1' };
  const gpus = pick % 2 === 0 ? [gpu, gpu] : [];
  // Wallets differ from operators: one of them is a requester.
  const walletAddress = choose([by, alice, frank], pick >> 3)?.address ?? by.address;
  const waiting = pick % 4 === 0 ? waitingProviderOf(chain, by) : undefined;
  const id = waiting ?? `p-${listProviders(chain.state).length}-${pick}`;
  return [
    by,
    registerProvider(by, id, {
      models,
      gpus,
      walletAddress,
      bond: BOND + (BOND / 10n) * BigInt(pick % 3) + BigInt(pick),
    }),
  ];
}

/** An owner, or somebody who is not, changes a model. */
function updateOf({ models }: Census, pick: number): Signed | undefined {
  const model = choose(
    models.filter(({ genesis }) => !genesis),
    pick,
  );
  if (model === undefined) return undefined;
  const owner = [carol, dave].find((one) => equalBytes(one.address, model.owner)) ?? carol;
  const by = pick % 7 === 0 ? eve : owner;
  const hash = new Uint8Array(32).fill(1 + (pick % 250));
  if (pick % 3 === 0) return [by, { kind: 'updateModelLicense', id: model.id, licenseRoot: hash }];
  if (pick % 3 === 1)
    return [by, { kind: 'transferModel', id: model.id, owner: (pick % 2 === 0 ? carol : dave).address }];
  // The weights of the kernel keep their meaning, so that right answers stay right: only their reference is renewed.
  const isKernel = model.checkClass === CheckClass.int8Kernel;
  const weights = isKernel ? WDBC_WEIGHTS : new Uint8Array();
  return [by, { kind: 'updateModelWeights', id: model.id, weights, weightHash: isKernel ? ZERO_HASH : hash }];
}

const MODEL_REGISTRATIONS = [
  (census: Census): Signed => [
    dave,
    registerModel('named', {
      weightHash: census.models.find(({ id }) => id === 'wdbc-int8')?.weightHash ?? ZERO_HASH,
    }),
  ],
  (): Signed => [
    carol,
    registerModel('kernel', {
      checkClass: 1,
      deterministic: true,
      weights: WDBC_WEIGHTS,
      weightHash: ZERO_HASH,
    }),
  ],
  (): Signed => [dave, registerModel('fn', { deterministic: true })],
] as const;

/** Every signed operation that a command stands for now. */
export function operationsOf(
  chain: TestChain,
  census: Census,
  command: Command,
  serial: number,
): readonly Signed[] {
  if (command.kind === 'attest') return attestationsOf(chain, command.pick);
  if (command.kind === 'commit') return commitsOf(chain, census, command.pick);
  if (command.kind === 'reveal') return revealsOf(chain, census, command.pick);
  const signed = operationOf(chain, census, command, serial);
  return signed === undefined ? [] : [signed];
}

/** The signed operation that a command stands for now; undefined where there is nothing to do it to. */
function operationOf(chain: TestChain, census: Census, command: Command, serial: number): Signed | undefined {
  const { kind, pick } = command;
  switch (kind) {
    case 'register':
      return registration(chain, pick);
    case 'submit': {
      const deadlineBlocks = pick % 4 === 0 ? BigInt(1 + (pick % 12)) : 0n;
      const model = choose(MODELS, pick) as string;
      const fee = FEE + BigInt(pick) * 1_000n;
      return [
        choose(REQUESTERS, pick >> 3) as Person,
        submitTask(`t-${serial}`, { model, fee, deadlineBlocks, input: inputOf(pick), ...seatsAsked(pick) }),
      ];
    }
    case 'right':
    case 'wrong':
    case 'error':
      return answerOf(chain, census, command);
    case 'accuse':
    case 'slander':
    case 'dispute':
      return challengeOf(chain, census, command);
    case 'cancel': {
      const task = choose(census.tasks, pick);
      const by = REQUESTERS.find((one) => one.address.join() === task?.requester.join());
      return task === undefined || by === undefined
        ? undefined
        : [by, { kind: 'cancelTask', taskId: task.id }];
    }
    case 'transfer':
      return [eve, { kind: 'transfer', to: alice.address, amount: BigInt(pick) }];
    case 'model':
      return MODEL_REGISTRATIONS[pick % MODEL_REGISTRATIONS.length]?.(census);
    case 'document':
      return documentOf(pick);
    case 'update':
      return updateOf(census, pick);
    default:
      return lifeOf(chain, command);
  }
}
