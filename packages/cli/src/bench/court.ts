import { ZERO_32 } from '@aivm/core/bytes';
import { type BlockParent, genesisModels, runInt8Kernel } from '@aivm/core/execute';
import { requireTask, Settlement } from '@aivm/core/state';
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
  readonly taskId: string;
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
export const challengeOf = ({ taskId, claim }: Disputed): Operation => ({
  kind: 'challenge',
  taskId,
  output: claim,
  traceRoot: ZERO_32,
  bond: CHALLENGE_BOND,
  rootCommitment: ZERO_32,
});

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
  mode: 0,
  m: 0,
  n: 0,
  deadlineBlocks: 0n,
});

const answer = (taskId: string, output: Uint8Array): Operation => ({
  kind: 'submitResult',
  taskId,
  provider: PROVIDER,
  output,
  error: '',
  computeTimeMs: 1n,
  proof: new Uint8Array(),
  traceRoot: ZERO_32,
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
  rows: readonly (readonly [BenchSigner, Operation] | undefined)[],
): Promise<void> {
  for (const row of rows) {
    if (row !== undefined) node.submitTransaction(row[0].sign(row[1]).bytes);
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
  const { node, store } = await openNode({
    store: new MemoryStore(),
    genesis: benchGenesis([requester, worker, challenger]),
  });
  // A provider without a GPU has one task at a time; a block draws before its own transactions.
  await play(node, [
    [worker, register(worker)],
    [requester, submit('lie', input)],
    [requester, submit('truth', input)],
    [worker, answer('lie', wrong)],
    undefined,
    [worker, answer('truth', right)],
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
      { verdict: 'upheld', taskId: 'lie', claim: right },
      { verdict: 'refused', taskId: 'truth', claim: wrong },
    ],
    challenger,
    close: () => store.close(),
  };
}
