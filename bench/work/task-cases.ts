import { KIND_NUMBER } from '@aivm/core/attestation';
import { utf8ToBytes } from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { runInt8Kernel, signSessionResult } from '@aivm/core/execute';
import {
  readChain,
  readModel,
  readTaskOutput,
  requireTask,
  type StateReader,
  stateKeys,
} from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import type { BlockContext } from '../../packages/core/src/execute/context/block-context.ts';
import { processSubmitResult } from '../../packages/core/src/execute/operations/submit-result.ts';
import { heldList } from '../../packages/core/src/execute/providers/held-blobs.ts';
import { joinServedList } from '../../packages/core/src/execute/providers/served-lists.ts';
import { backOff } from '../../packages/core/src/execute/tasks/queue.ts';
import { providerAttestationCodec } from '../../packages/core/src/state/records/provider-attestation.ts';
import { CROWD, crowdMember } from './crowd.ts';
import type { WorstCase } from './measure.ts';
import { recordNetwork } from './model-cases.ts';
import { admit, assignTo, fillHeights, LARGEST_OUTPUT, SEATS, taskOperation } from './tasks.ts';
import { personAt } from './work-chain.ts';
import { hashOf, KERNEL_ID, KERNEL_WEIGHTS, longId } from './worst-provider.ts';

const NOTHING = new Uint8Array(0);
const INPUT = new Uint8Array(32).fill(1);
const KERNEL = { model: KERNEL_ID, input: INPUT };
const RIGHT = runInt8Kernel(KERNEL_WEIGHTS, INPUT);
const WRONG = RIGHT.map((byte) => byte ^ 1);
const NETWORK = longId('network', 9);
const NETWORK_TASK = { model: NETWORK, input: new Uint8Array(262_144), fee: 1_000_000n };

const requester = personAt(90);
const taskId = (i: number): string => longId('task', i);

/** A network that enough operators hold. */
function heldNetwork(context: BlockContext): void {
  recordNetwork(context, { id: NETWORK, weightHash: hashOf('blob'), blobBytes: 2 ** 30 });
  const model = readModel(context.state, NETWORK);
  if (model === undefined) throw new Error('no network');
  for (const [i, id] of CROWD.entries())
    joinServedList(context, heldList(model), { id, operator: crowdMember(i).address });
}

const submissions = (
  name: string,
  count: number,
  more: Partial<OperationOf<'submitTask'>>,
  prepare: (context: BlockContext) => void = () => undefined,
): WorstCase => ({
  name,
  setUp: (chain) => {
    chain.prepare((context) => {
      fillHeights(context, context.height + 1_000);
      prepare(context);
    });
    return Array.from({ length: count }, (_, i) => chain.sign(personAt(i), taskOperation(taskId(i), more)));
  },
});

const cancellation: WorstCase = {
  name: 'cancelTask, a panel of 15',
  setUp: (chain) => {
    chain.prepare((context) => {
      for (let i = 0; i < 8; i++) {
        admit(context, requester, taskOperation(taskId(i), { mode: 1, n: SEATS }));
        // The next block visits none of them: a search for timers would cost more than what is measured.
        backOff(context, taskId(i), { lists: [], isBusy: false });
      }
    });
    return Array.from({ length: 8 }, (_, i) =>
      chain.sign(requester, { kind: 'cancelTask', taskId: taskId(i) }),
    );
  },
};

/** Facts of a task that an answer to it names. */
function factsOf({ state }: { readonly state: StateReader }, id: string) {
  const { attempt, inputHash, weightHash } = requireTask(state, id);
  return { taskId: id, attempt, inputHash, weightHash };
}

const resultOf = (
  chain: { readonly state: StateReader },
  i: number,
  more: Partial<OperationOf<'submitResult'>>,
): OperationOf<'submitResult'> => ({
  ...{ kind: 'submitResult', provider: CROWD[i] as string, ...factsOf(chain, taskId(i)), output: NOTHING },
  ...{ error: '', computeTimeMs: 1n, proof: new Uint8Array(4_096), sessionSignature: NOTHING },
  ...more,
});

/** Tasks that members of the crowd hold, one each. */
function assignAll(context: BlockContext, count: number, more: Partial<OperationOf<'submitTask'>>): void {
  for (let i = 0; i < count; i++) {
    const task = admit(context, requester, taskOperation(taskId(i), more));
    assignTo(context, task, CROWD[i] as string);
  }
}

const results = (
  name: string,
  count: number,
  more: Partial<OperationOf<'submitTask'>>,
  answer: Partial<OperationOf<'submitResult'>>,
): WorstCase => ({
  name,
  setUp: (chain) => {
    chain.prepare((context) => {
      assignAll(context, count, more);
      fillHeights(context, context.height + 100);
    });
    return Array.from({ length: count }, (_, i) => chain.sign(crowdMember(i), resultOf(chain, i, answer)));
  },
});

const SESSION = personAt(99);

/** Answers of attested members of the crowd, each signed by the key inside its environment. */
const attested: WorstCase = {
  name: 'submitResult, 64 KiB, signed by a session',
  setUp: (chain) => {
    const output = LARGEST_OUTPUT;
    const outputHash = namedHash('Output', output);
    chain.prepare((context) => {
      assignAll(context, 4, {});
      for (let i = 0; i < 4; i++) attest(context, i, SESSION.address);
      fillHeights(context, context.height + 100);
    });
    const { genesisHash } = readChain(chain.state);
    return Array.from({ length: 4 }, (_, i) => {
      const { attempt } = requireTask(chain.state, taskId(i));
      const signed = { genesisHash, taskId: taskId(i), attempt, outputHash };
      const sessionSignature = signSessionResult(signed, SESSION.key);
      return chain.sign(crowdMember(i), resultOf(chain, i, { output, sessionSignature }));
    });
  },
};

/** What the chain knows of a member's environment. */
function attest(context: BlockContext, i: number, sessionKey: Uint8Array): void {
  const zero = new Uint8Array(32);
  const provider = CROWD[i] as string;
  context.state.setRecord(stateKeys.attestation(provider), providerAttestationCodec, {
    ...{ provider, operator: crowdMember(i).address, kind: KIND_NUMBER.snp, score: 70 },
    ...{ hardware: true, cpuTee: true, sessionKey, validFrom: 0, validUntil: 2 ** 40, devices: [] },
    ...{ gpuModel: '', measurement: zero, attestingKey: zero, authorities: [], nonceHeight: 0 },
    ...{ attestedAtHeight: 1, quoteDigest: zero, queuedEpoch: 0n, queuedPlace: 0 },
  });
}

/** Posted results of members of the crowd, which challengers dispute in the measured block. */
const challenges = (
  name: string,
  count: number,
  {
    task = {},
    posted,
    claim,
    prepare = () => undefined,
  }: {
    readonly task?: Partial<OperationOf<'submitTask'>>;
    readonly posted: Uint8Array;
    readonly claim: Partial<OperationOf<'challenge'>>;
    readonly prepare?: (context: BlockContext) => void;
  },
): WorstCase => ({
  name,
  setUp: (chain) => {
    chain.prepare((context) => {
      prepare(context);
      assignAll(context, count, task);
      for (let i = 0; i < count; i++)
        processSubmitResult(context, crowdMember(i).address, resultOf(context, i, { output: posted }));
      for (let more = 0; more < 10; more++) fillHeights(context, context.height + 1 + more * 63, 'disputes');
    });
    return Array.from({ length: count }, (_, i) =>
      chain.sign(personAt(i), {
        ...{ kind: 'challenge', ...factsOf(chain, taskId(i)), panel: 0 },
        postedHash: namedHash('Output', readTaskOutput(chain.state, taskId(i)) ?? NOTHING),
        ...{ output: NOTHING, bond: 10n ** 17n, rootCommitment: new Uint8Array(32) },
        ...claim,
      }),
    );
  },
});

const ERROR = { error: 'e'.repeat(1_024) };

export const taskCases: readonly WorstCase[] = [
  submissions('submitTask, int8-kernel', 8, KERNEL),
  submissions('submitTask, 64 KiB, a panel of 15', 4, { mode: 1, n: SEATS }),
  submissions('submitTask, 256 KiB to a network', 4, NETWORK_TASK, heldNetwork),
  cancellation,
  results('submitResult, int8-kernel', 4, KERNEL, { output: RIGHT }),
  results('submitResult, 64 KiB', 4, {}, { output: LARGEST_OUTPUT }),
  attested,
  results('submitResult, an error', 4, {}, ERROR),
  challenges('challenge, int8-kernel, refused', 4, { task: KERNEL, posted: RIGHT, claim: { output: WRONG } }),
  challenges('challenge, opaque, 64 KiB', 3, {
    posted: LARGEST_OUTPUT,
    claim: { output: new Uint8Array(65_536) },
  }),
  challenges('challenge, of a network', 2, {
    ...{ task: NETWORK_TASK, posted: LARGEST_OUTPUT, prepare: heldNetwork },
    claim: { bond: 0n, rootCommitment: utf8ToBytes('r'.repeat(32)) },
  }),
];

/** What the forfeit pays for: a challenge that convicts takes its provider out of all lists. */
export const conviction: WorstCase = challenges('challenge, int8-kernel, a conviction', 3, {
  ...{ task: KERNEL, posted: WRONG, claim: { output: RIGHT } },
});
