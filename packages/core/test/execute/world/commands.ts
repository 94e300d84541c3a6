import {
  listProviders,
  type Operation,
  ProviderStatus,
  readTaskInput,
  type Task,
  TaskStatus,
} from '@aivm/core';
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
import type { Census } from './census.ts';

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
    | 'model';
  readonly pick: number;
}

/** A block: commands, and the seconds since the one before. */
export interface Step {
  readonly seconds: number;
  readonly commands: readonly Command[];
}

const weighted = (weight: number, kind: Command['kind']) => ({ weight, arbitrary: fc.constant(kind) });

const kinds = fc.oneof(
  weighted(3, 'register'),
  weighted(8, 'submit'),
  weighted(8, 'right'),
  weighted(3, 'wrong'),
  weighted(2, 'error'),
  weighted(4, 'accuse'),
  weighted(1, 'slander'),
  weighted(1, 'cancel'),
  weighted(1, 'unbond'),
  weighted(2, 'withdraw'),
  weighted(2, 'heartbeat'),
  weighted(1, 'transfer'),
  weighted(5, 'claim'),
  weighted(1, 'addBond'),
  weighted(1, 'model'),
);

/** Sequences of blocks; now and then block time jumps over one epoch or several. */
export const steps = (count: number): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.record({
      seconds: fc.oneof(
        { weight: 8, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.constantFrom(0, 60, 500) },
      ),
      commands: fc.array(fc.record({ kind: kinds, pick: fc.nat(1_000) }), { maxLength: 4 }),
    }),
    { minLength: count, maxLength: count },
  );

export type Signed = readonly [by: Person, operation: Operation];

const OPERATORS = [bob, carol, dave, frank];
const REQUESTERS = [alice, eve, bob];
const MODELS = ['wdbc-int8', 'wdbc-int8', 'qwen3-8b', 'named', 'kernel'];

const choose = <T>(items: readonly T[], pick: number): T | undefined =>
  items[pick % Math.max(1, items.length)];

const resultOf = (chain: TestChain, task: Task, more: Parameters<typeof submitResult>[2]): Signed => [
  operatorOf(chain, task.assignedTo),
  submitResult(task.id, task.assignedTo, more),
];

const inputOfTask = (chain: TestChain, task: Task): Uint8Array =>
  readTaskInput(chain.state, task.id) ?? new Uint8Array(32);

function answerOf(chain: TestChain, { tasks }: Census, { kind, pick }: Command): Signed | undefined {
  const task = choose(
    tasks.filter(({ status }) => status === TaskStatus.assigned),
    pick,
  );
  if (task === undefined) return undefined;
  if (kind === 'error') return resultOf(chain, task, { output: new Uint8Array(), error: `no: ${pick}` });
  const input = inputOfTask(chain, task);
  return resultOf(chain, task, { output: kind === 'right' ? rightOutput(input) : wrongOutput(input) });
}

function challengeOf(chain: TestChain, { tasks }: Census, { kind, pick }: Command): Signed | undefined {
  const task = choose(
    tasks.filter(({ status }) => status === TaskStatus.processing),
    pick,
  );
  if (task === undefined) return undefined;
  const input = inputOfTask(chain, task);
  const output = kind === 'accuse' ? rightOutput(input) : rightOutput(input).map((byte) => byte ^ 3);
  const by = choose([eve, alice, operatorOf(chain, task.assignedTo)], pick >> 2) as Person;
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
  const models = pick % 3 === 0 ? ['named', 'wdbc-int8'] : [];
  const gpu = { model: 'RTX', memoryGb: 8, tflops: '1', available: true, temperature: '1', utilization: '1' };
  const gpus = pick % 2 === 0 ? [gpu, gpu] : [];
  // Wallets differ from operators: one of them is a requester.
  const walletAddress = choose([by, alice, frank], pick >> 3)?.address ?? by.address;
  const id = `p-${listProviders(chain.state).length}-${pick}`;
  return [by, registerProvider(by, id, { models, gpus, walletAddress, bond: BOND + BigInt(pick) })];
}

/** The signed operation that a command stands for now; undefined where there is nothing to do it to. */
export function operationOf(
  chain: TestChain,
  census: Census,
  command: Command,
  serial: number,
): Signed | undefined {
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
        submitTask(`t-${serial}`, { model, fee, deadlineBlocks, input: inputOf(pick) }),
      ];
    }
    case 'right':
    case 'wrong':
    case 'error':
      return answerOf(chain, census, command);
    case 'accuse':
    case 'slander':
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
      return pick % 2 === 0
        ? [
            dave,
            registerModel('named', {
              weightHash: census.models.find(({ id }) => id === 'wdbc-int8')?.weightHash ?? ZERO_HASH,
            }),
          ]
        : [
            carol,
            registerModel('kernel', {
              checkClass: 1,
              deterministic: true,
              weights: WDBC_WEIGHTS,
              weightHash: ZERO_HASH,
            }),
          ];
    default:
      return lifeOf(chain, command);
  }
}
