import { ZERO_32 } from '@aivm/core/bytes';
import { type BlockParent, genesisModels, runInt8Kernel } from '@aivm/core/execute';
import { requireTask, Settlement, type TaskRecord } from '@aivm/core/state';
import type { Operation } from '@aivm/core/tx';
import { type LocalNode, MemoryStore, openNode } from '@aivm/node';
import { readWdbcRows } from '../wdbc-data.ts';
import { BenchSigner, benchGenesis } from './signer.ts';

/** The model that is disputed, as the default genesis registers it. */
export const DISPUTED_MODEL = 'wdbc-int8';
const PROVIDER = 'bench-provider';
const FEE = 5_000_000n;
const PROVIDER_BOND = 10n ** 18n;
const CHALLENGE_BOND = 10n ** 16n;

/** How a dispute ends: the posted output is wrong, or it is right and the challenger lies. */
export type Verdict = 'upheld' | 'refused';

/** A posted result that somebody disputes. */
export interface Disputed {
  readonly verdict: Verdict;
  readonly task: TaskRecord;
  /** What the challenger claims: the right output where the verdict is `upheld`. */
  readonly claim: Uint8Array;
}

/** A chain with two posted results whose windows are open: one wrong, one right. */
export interface Court {
  /** The last block with its state, on which either challenge can stand. */
  readonly head: BlockParent;
  /** 598 bytes of the network. */
  readonly parameters: Uint8Array;
  /** The 32 bytes that both tasks ask about. */
  readonly input: Uint8Array;
  readonly disputed: readonly Disputed[];
  /** Who disputes; each of the challenges is its next transaction. */
  readonly challenger: BenchSigner;
  close(): Promise<void>;
}

/** The operation with which a watcher disputes a result. */
export const challengeOf = ({ task, claim }: Disputed): Operation => ({
  kind: 'challenge',
  taskId: task.id,
  ...factsOf(task),
  panel: task.panels,
  postedHash: task.outputHash,
  output: claim,
  bond: CHALLENGE_BOND,
  rootCommitment: ZERO_32,
});

/** Which facts an operation is about. */
const factsOf = ({ attempt, inputHash, weightHash }: TaskRecord) => ({ attempt, inputHash, weightHash });

const register = ({ address }: BenchSigner): Operation => ({
  kind: 'registerProvider',
  id: PROVIDER,
  walletAddress: address,
  endpoint: 'http://provider.invalid',
  gpus: [],
  models: [],
  bond: PROVIDER_BOND,
});

const submit = (id: string, input: Uint8Array): Operation => ({
  kind: 'submitTask',
  id,
  taskType: 'inference',
  model: DISPUTED_MODEL,
  input,
  fee: FEE,
  maxAdmission: 0n,
  mode: 0,
  n: 0,
  maxNew: 0,
  deadlineBlocks: 0n,
});

const answer = (task: TaskRecord, output: Uint8Array): Operation => ({
  kind: 'submitResult',
  taskId: task.id,
  provider: PROVIDER,
  ...factsOf(task),
  output,
  error: '',
  computeTimeMs: 1n,
  proof: new Uint8Array(),
  sessionSignature: new Uint8Array(),
});

function readParameters(): Uint8Array {
  const model = genesisModels().find(({ id }) => id === DISPUTED_MODEL);
  if (model === undefined) throw new Error(`the default genesis has no model "${DISPUTED_MODEL}"`);
  return model.weights;
}

/** Makes a block of each row; every operation must take effect. */
async function play(
  node: LocalNode,
  rows: readonly (readonly [BenchSigner, Operation | (() => Operation)] | undefined)[],
): Promise<void> {
  for (const row of rows) {
    if (row !== undefined) {
      const [signer, made] = row;
      node.submitTransaction(signer.sign(typeof made === 'function' ? made() : made).bytes);
    }
    const block = node.port.propose(node.lastAccepted().header.timestamp + 1);
    node.port.verify(block);
    const { outcomes } = await node.port.accept(block.id);
    const refused = outcomes.find(({ code }) => code !== '');
    if (refused !== undefined) throw new Error(`a transaction was refused: ${refused.code}`);
  }
}

/** Plays a chain in memory up to two posted results about the first real sample. */
export async function openCourt(): Promise<Court> {
  const [sample] = await readWdbcRows();
  if (sample === undefined) throw new Error('the Wisconsin data is empty');
  const { input } = sample;
  const parameters = readParameters();
  const right = runInt8Kernel(parameters, input);
  const wrong = right.map((byte) => byte ^ 1);
  const [requester, worker, challenger] = ['requester', 'worker', 'challenger'].map(
    (name) => new BenchSigner(name),
  ) as [BenchSigner, BenchSigner, BenchSigner];
  const genesis = benchGenesis([requester, worker, challenger]);
  for (const signer of [requester, worker, challenger]) signer.join(genesis);
  const { node, store } = await openNode({ store: new MemoryStore(), genesis });
  const taskOf = (id: string): TaskRecord => requireTask(node.state(), id);
  // A provider without a GPU has one task at a time; a block draws before its own transactions.
  await play(node, [
    [worker, register(worker)],
    [requester, submit('lie', input)],
    [requester, submit('truth', input)],
    [worker, () => answer(taskOf('lie'), wrong)],
    undefined,
    [worker, () => answer(taskOf('truth'), right)],
  ]);
  const state = node.state();
  for (const id of ['lie', 'truth']) {
    const { settlement } = requireTask(state, id);
    if (settlement !== Settlement.posted) throw new Error(`task "${id}" has settlement ${settlement}`);
  }
  return {
    head: { ...node.lastAccepted(), state },
    parameters,
    input,
    disputed: [
      { verdict: 'upheld', task: taskOf('lie'), claim: right },
      { verdict: 'refused', task: taskOf('truth'), claim: wrong },
    ],
    challenger,
    close: () => store.close(),
  };
}
