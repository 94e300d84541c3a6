import { blockId } from '@aivm/core/block';
import { bytesToHex, ZERO_32 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { readWeights, stateKeys } from '@aivm/core/state';
import type { ChainEvent, Client, Sender, Task, TaskPanel } from '@aivm/sdk';
import { createAgreedHeads } from './proof/agreed-heads.ts';
import { proveChain, proveNonce, proveProvider, proveSeat, proveTask } from './proof/proven-facts.ts';
import {
  proveGame,
  proveGenesisHash,
  proveModel,
  proveNetworkHeader,
  proveTrial,
} from './proof/proven-games.ts';
import { createProvenState } from './proof/proven-state.ts';
import type {
  GameMoveFacts,
  OperationSender,
  PanelFacts,
  TaskFacts,
  WorkerEvent,
  WorkerNode,
} from './worker-node.ts';

/** Tasks of one page of a listing. */
const PAGE_LIMIT = 100;
const NO_BYTES = new Uint8Array(0);

const panelFacts = ({ kind, phase, seats }: TaskPanel): PanelFacts => ({
  kind,
  phase,
  seats: seats.map(({ position, provider, status, drawn_at_height, commitment }) => ({
    position,
    provider,
    status,
    drawnAtHeight: drawn_at_height,
    commitment,
  })),
});

const taskFacts = (task: Task): TaskFacts => ({
  id: task.id,
  model: task.model,
  status: task.status,
  settlement: task.settlement,
  provider: task.assigned_to ?? '',
  fee: task.fee,
  attempt: task.attempt,
  panels: task.panels,
  checkClass: task.check_class,
  weightHash: task.weight_hash,
  modelRoot: task.model_root,
  inputHash: task.input_hash,
  input: task.input_bytes,
  output: task.output_bytes ?? NO_BYTES,
  outputHash: task.output_hash ?? ZERO_32,
  finalAtHeight: task.final_at_height ?? 0,
  panel: task.panel === undefined ? undefined : panelFacts(task.panel),
});

function workerEvent(event: ChainEvent): WorkerEvent {
  const place = { height: event.height, index: event.index };
  if (event.kind === 'task') {
    const settlement = event.settlement as TaskFacts['settlement'];
    return { kind: 'task', place, taskId: event.task_id, settlement, provider: event.provider };
  }
  if (event.kind === 'conviction') {
    return { kind: 'conviction', place, taskId: event.task_id, provider: event.provider };
  }
  return { kind: 'other', place };
}

/** The answer, or undefined where the node says that there is no such thing. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AivmError && error.status === 404) return undefined;
    throw error;
  }
}

/** Tasks with a result that is not final, of one settlement. */
async function* openResults(
  client: Client,
  settlement: TaskFacts['settlement'],
  signal: AbortSignal,
  provider?: string,
): AsyncGenerator<TaskFacts> {
  let cursor: string | undefined;
  do {
    const query = {
      status: 'processing' as const,
      limit: PAGE_LIMIT,
      ...(provider === undefined ? {} : { provider }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.listTasks(query, { signal });
    for (const task of page.tasks) if (task.settlement === settlement) yield taskFacts(task);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

async function gameMoves(client: Client, taskId: string, from: number): Promise<readonly GameMoveFacts[]> {
  const all: GameMoveFacts[] = [];
  // What comes while this reads is for the next time: a chain may grow faster than it is read.
  const { height: head } = await client.getHealth();
  for (let next = from; ; ) {
    const { moves, height } = await client.getGameMoves(taskId, { from: next });
    all.push(...moves);
    if (height >= head || height < next) return all;
    next = height + 1;
  }
}

/** The caller compares the hash with what it gets. */
async function readParameters(client: Client, weightHash: Uint8Array): Promise<Uint8Array> {
  const { value } = await client.getStateProof(stateKeys.weights(weightHash));
  const record = readWeights({ get: () => value }, weightHash);
  if (record === undefined) throw new AivmError('not_found', `weights 0x${bytesToHex(weightHash)}`);
  return record.parameters;
}

/** How far a node is believed. */
export interface SdkNodeOptions {
  /** Other nodes that must have the same block wherever a fact is proven. */
  readonly witnesses?: readonly Client[];
}

/** What workers ask of a node, over the HTTP API. */
export function createSdkNode(client: Client, { witnesses = [] }: SdkNodeOptions = {}): WorkerNode {
  const heads = createAgreedHeads(client, witnesses);
  const state = createProvenState(client, heads);
  return {
    ...readsOf(client),
    proveChain: () => proveChain(state),
    proveHeight: async () => (await heads.getHead()).height,
    proveProvider: (id) => proveProvider(state, id),
    proveTask: (id) => proveTask(state, id),
    proveSeat: (seat) => proveSeat(state, seat),
    proveHead: async () => {
      const header = await heads.getHead();
      return { height: header.height, id: blockId(header) };
    },
    proveGenesisHash: () => proveGenesisHash(state),
    proveModel: (id) => proveModel(state, id),
    proveNetworkHeader: (modelRoot) => proveNetworkHeader(state, modelRoot),
    proveTrial: (taskId) => proveTrial(state, taskId),
    proveGame: (game) => proveGame(state, game),
    proveNonce: (address) => proveNonce(state, address),
  };
}

type Proofs = Extract<keyof WorkerNode, `prove${string}`>;

/** What the node says, unproven. */
const readsOf = (client: Client): Omit<WorkerNode, Proofs> => ({
  getHeight: async () => (await client.getHealth()).height,
  getNonces: async (address) => {
    const account = await client.getAccount(address);
    return { accepted: account.nonce, next: account.next_nonce };
  },
  getProvider: async (id) => {
    const provider = await orUndefined(client.getProvider(id));
    if (provider === undefined) return undefined;
    // The node does not tell what a provider holds: that is proven.
    return { id, operator: provider.operator, status: provider.state, bond: provider.bond, holds: [] };
  },
  getDispute: async (taskId) => {
    const dispute = await orUndefined(client.getDispute(taskId));
    if (dispute === undefined) return undefined;
    const { challenger, posted_hash: postedHash, verdict } = dispute;
    return { challenger, postedHash, verdict };
  },
  getWork: async (provider, { after, waitMs, signal }) => {
    const work = await client.getWork(provider, { wait: waitMs, after }, { signal });
    return { height: work.height, tasks: work.tasks.map(taskFacts) };
  },
  getTask: async (id) => {
    const task = await orUndefined(client.getTask(id));
    return task === undefined ? undefined : taskFacts(task);
  },
  listPostedTasks: (signal) => openResults(client, 'posted', signal),
  listDisputedTasks: (signal, { provider } = {}) => openResults(client, 'disputed', signal, provider),
  getGameMoves: (taskId, from) => gameMoves(client, taskId, from),
  fetchBlob: (blob, signal) => client.fetchBlob({ ...blob, signal }),
  getWeights: (weightHash) => readParameters(client, weightHash),
  events: async function* ({ after, signal }) {
    for await (const event of client.subscribeEvents({ after, signal })) yield workerEvent(event);
  },
});

/** A sender of one account's operations, over the HTTP API. */
export const createSdkSender = (sender: Sender): OperationSender => ({
  address: sender.addressBytes,
  deriveSecret: sender.deriveSecret,
  send: async (operation, { signal }) => {
    const { height, nonce } = await sender.send(operation, { signal });
    if (height === undefined) throw new AivmError('malformed', 'an accepted transaction without a height');
    return { height, nonce };
  },
});
