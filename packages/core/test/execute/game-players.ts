import {
  type Game,
  readChain,
  readGame,
  readProvider,
  readTrial,
  TaskStatus,
  type Trial,
} from '@aivm/core/state';
import type { Operation, OperationOf } from '@aivm/core/tx';
import {
  createCommitment,
  createNetwork,
  createReveal,
  createWitness,
  ELEMENT_SIZE,
  firstDifference,
  hashGameRoot,
  type Move,
  moveNumber,
  type Network,
  type NetworkInput,
  type OwnTrace,
  openLeaves,
  revealShape,
  runNetwork,
  serializeMove,
  shapeOf,
  sizeOf,
  tensorOffset,
  traceTree,
  unitAt,
} from '../../src/network/index.ts';
import { type Fault, lie } from '../network/support/liar.ts';
import { holders, inputBytes, type Model, requester, submitGraph } from './graph-scenario.ts';
import { CLAIM_FACTS } from './named-facts.ts';
import { submitResult, taskOf } from './scenario.ts';
import type { Person, TestChain } from './test-chain.ts';

/** A text and its honest answer. */
export interface Job {
  readonly model: Model;
  readonly network: Network;
  /** Prompt and answer. */
  readonly input: NetworkInput;
  /** What the task carries. */
  readonly bytes: Uint8Array;
  readonly output: Uint8Array;
}

export const ownTrace = (network: Network, bytes: Uint8Array): OwnTrace => ({
  bytes,
  tree: traceTree(network, { bytes }),
});

/** The last tensor of a trace. */
export function outputOf(network: Network, bytes: Uint8Array): Uint8Array {
  const last = network.tensorCount - 1;
  const start = tensorOffset(network, last);
  return bytes.slice(start, start + sizeOf(shapeOf(network, last)));
}

const tokensOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(Uint8Array.from(bytes).buffer);

/** Runs a task honestly: a decoder token by token, to the most new tokens. */
export function honestJob(model: Model, input: NetworkInput, promptLength: number): Job {
  const { header, blob } = model;
  const bytes = inputBytes(header, input, promptLength);
  if (header.form !== 'decoder') {
    const network = createNetwork(header, { T: header.form === 'map' ? 1 : promptLength, N: 0 });
    return { model, network, input, bytes, output: runNetwork(network, blob, input).output.slice() };
  }
  const most = Math.min(header.maxNew, header.maxT - promptLength + 1);
  const tokens = Uint32Array.from({ length: promptLength + most }, (_, i) =>
    i < promptLength ? (input.tokens[i] as number) : 0,
  );
  let network = createNetwork(header, { T: promptLength, N: 1 });
  for (let posted = 1; posted <= most; posted++) {
    network = createNetwork(header, { T: promptLength + posted - 1, N: posted });
    const written = tokensOf(runNetwork(network, blob, { ...input, tokens }).output);
    tokens[promptLength + posted - 1] = written[posted - 1] as number;
  }
  const text = { bytes, tokens };
  return { model, network, input: text, bytes, output: runNetwork(network, blob, text).output.slice() };
}

/** A trace with one wrong bit, whatever follows from it, and an answer that is fed to the network as it was honestly. */
export function lyingTrace({ model, network, input, output }: Job, fault: Fault, bit: number) {
  const honest = runNetwork(network, model.blob, input).bytes;
  const bytes = lie(network, input, model.blob, honest, fault, bit);
  const written = outputOf(network, bytes);
  const isFed = model.header.form === 'decoder' && written.join() !== output.join();
  if (isFed) bytes.set(output, tensorOffset(network, network.tensorCount - 1));
  return {
    trace: ownTrace(network, bytes),
    output: isFed ? output : written,
    honest: ownTrace(network, honest),
  };
}

/** Somebody drawn for a task, and the person behind. */
export function drawnFor(chain: TestChain, taskId: string): { provider: string; operator: Person } {
  for (let i = 0; i < 20 && taskOf(chain, taskId).status !== TaskStatus.assigned; i++) chain.mine();
  const { assignedTo } = taskOf(chain, taskId);
  const operator = holders[Number(assignedTo.slice(1))];
  if (operator === undefined) throw new Error(`nobody was drawn for ${taskId}`);
  return { provider: assignedTo, operator };
}

/** Submits a task of the network and has it answered. */
export function postAnswer(chain: TestChain, job: Job, output: Uint8Array, taskId = 't') {
  chain.must(requester, submitGraph(taskId, job.bytes));
  const drawn = drawnFor(chain, taskId);
  chain.must(drawn.operator, submitResult(taskId, drawn.provider, { output }));
  return drawn;
}

export const SALT: Uint8Array = new Uint8Array(32).fill(7);

/** A challenge by whoever holds a trace right. */
export function challengeGame(
  chain: TestChain,
  by: Person,
  root: Uint8Array,
  more: Partial<OperationOf<'challenge'>> = {},
): OperationOf<'challenge'> {
  const taskId = more.taskId ?? 't';
  const { genesisHash } = readChain(chain.state);
  const { attempt } = taskOf(chain, taskId);
  const own = { genesisHash, taskId, attempt, root, sender: by.address, salt: SALT };
  const none = { ...CLAIM_FACTS, output: new Uint8Array(), bond: 0n };
  return { kind: 'challenge', taskId, rootCommitment: hashGameRoot(own), ...none, ...more };
}

export const moveOf = (move: Move, game = 0, taskId = 't'): Operation => ({
  kind: 'disputeMove',
  taskId,
  game,
  move: moveNumber(move.move),
  body: serializeMove(move),
});

/** A player with a trace of its own. */
export interface Player {
  readonly by: Person;
  readonly trace: OwnTrace;
}

export const commitOf = (network: Network, { trace }: Player): Move => ({
  move: 'commit',
  ...createCommitment(network, trace),
});

/** The reveal that is due in a game. */
export function revealOf(chain: TestChain, { trace }: Player, game = 0, taskId = 't'): Move {
  const { pointedLevel, pointed, ...kept } = readGame(chain.state, taskId, game)!;
  return { move: 'reveal', ...createReveal(trace, kept, { level: pointedLevel, index: pointed }) };
}

/** The first element of a leaf in which two traces differ; 0 where none does. */
function differingElement(network: Network, leaf: number, left: Uint8Array, right: Uint8Array): number {
  const at = left
    .subarray(leaf * 128, leaf * 128 + 128)
    .findIndex((byte, i) => byte !== right[leaf * 128 + i]);
  return Math.floor(Math.max(0, at) / ELEMENT_SIZE[shapeOf(network, unitAt(network, leaf, 0).tensor).type]);
}

/** The point or witness that is due in a game: what a challenger does that sees the provider's reveals. */
export function answerOf(
  chain: TestChain,
  { network, input, model }: Pick<Job, 'network' | 'input' | 'model'>,
  { trace }: Player,
  accused: OwnTrace,
  game = 0,
  taskId = 't',
): Move {
  const { level, index } = readGame(chain.state, taskId, game)!;
  const kept = { level, index };
  const shape = revealShape(Math.max(1, Math.ceil(network.traceBytes / 128)), kept);
  const entries = shape.isLeaves
    ? accused.bytes.subarray(shape.first * 128, (shape.first + shape.count) * 128)
    : accused.tree.levels[shape.level]!.slice(shape.first * 32, (shape.first + shape.count) * 32);
  const padded = new Uint8Array(shape.count * (shape.isLeaves ? 128 : 32));
  padded.set(entries);
  const first = firstDifference(trace, kept, padded) ?? shape.first;
  if (!shape.isLeaves) return { move: 'point', index: first };
  const element = differingElement(network, first, trace.bytes, accused.bytes);
  const weights = { bytes: model.blob, tree: model.tree };
  const own = new Uint8Array(128);
  own.set(trace.bytes.subarray(first * 128, first * 128 + 128));
  return {
    move: 'witness',
    ...createWitness(network, input, { leaf: first, element }, accused, weights),
    ownRoot: trace.tree.root,
    salt: SALT,
    ownLeaf: own,
    ownSiblings: openLeaves(trace.tree, [first]),
  };
}

/** Plays a game to its end. @returns the moves that were made */
export function playGame(
  chain: TestChain,
  job: Pick<Job, 'network' | 'input' | 'model'>,
  { provider, challenger }: { readonly provider: Player; readonly challenger: Player },
  game = 0,
  taskId = 't',
): readonly string[] {
  const moves: string[] = [];
  const make = (by: Person, move: Move): void => {
    chain.must(by, moveOf(move, move.move === 'commit' ? 0 : game, taskId));
    moves.push(move.move);
  };
  const trial: Trial | undefined = readTrial(chain.state, taskId);
  if (trial?.committed === false) make(provider.by, commitOf(job.network, provider));
  for (let i = 0; i < 40; i++) {
    const open: Game | undefined = readGame(chain.state, taskId, game);
    if (open === undefined) return moves;
    const { turn } = open;
    if (turn === 2) make(provider.by, revealOf(chain, provider, game, taskId));
    else make(challenger.by, answerOf(chain, job, challenger, provider.trace, game, taskId));
  }
  throw new Error('a game that does not end');
}

export const statusOf = (chain: TestChain, provider: string): number | undefined =>
  readProvider(chain.state, provider)?.status;
