import { AivmError, assert, CheckClass, readWeights, stateKeys } from '@aivm/core';
import {
  base64ToBytes,
  type ChainEvent,
  type Client,
  payloadToBytes,
  type Sender,
  type Task,
  type TaskPanel,
} from '@aivm/sdk';
import type {
  ModelFacts,
  OperationSender,
  PanelFacts,
  TaskFacts,
  WorkerEvent,
  WorkerNode,
} from './worker-node.ts';

/** Tasks of one page of a listing. */
const PAGE_LIMIT = 100;
const NO_BYTES = new Uint8Array(0);

/** Bytes on chain of an input or output that the node shows as `value`. */
function bytesOfPayload(value: unknown, encoding: Task['input_encoding'], name: string): Uint8Array {
  if (encoding === 'base64') return base64ToBytes(String(value), name);
  return payloadToBytes(value, encoding === 'int8' ? CheckClass.int8Kernel : CheckClass.opaque, name);
}

const panelFacts = ({ kind, phase, seats }: TaskPanel): PanelFacts => ({
  kind,
  phase,
  seats: seats.map(({ provider, status, drawn_at_height, commitment }) => ({
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
  input: bytesOfPayload(task.input, task.input_encoding, 'input'),
  output:
    task.output_encoding === undefined
      ? NO_BYTES
      : bytesOfPayload(task.output, task.output_encoding, 'output'),
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

async function* postedTasks(client: Client, signal: AbortSignal): AsyncGenerator<TaskFacts> {
  let cursor: string | undefined;
  do {
    const query = {
      status: 'processing' as const,
      limit: PAGE_LIMIT,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const page = await client.listTasks(query, { signal });
    for (const task of page.tasks) if (task.settlement === 'posted') yield taskFacts(task);
    cursor = page.next_cursor;
  } while (cursor !== undefined);
}

async function findModel(client: Client, id: string): Promise<ModelFacts> {
  const model = (await client.getModels()).find((known) => known.id === id);
  if (model === undefined) throw new AivmError('unknown_model', id);
  return { id, checkClass: model.check_class, weightHash: model.weight_hash };
}

/** The parameters lie in the state under their hash; the caller compares the hash with what it gets. */
async function readParameters(client: Client, id: string): Promise<Uint8Array> {
  const { weightHash } = await findModel(client, id);
  const { value } = await client.getStateProof(stateKeys.weights(weightHash));
  const record = readWeights({ get: () => value }, weightHash);
  if (record === undefined) throw new AivmError('not_found', `parameters of model ${id}`);
  return record.parameters;
}

/** What workers ask of a node, over the HTTP API. */
export const createSdkNode = (client: Client): WorkerNode => ({
  getChain: async () => {
    const { chain_id: chainId, config, params } = await client.getConfig();
    return {
      chainId,
      minProviderBond: config.minProviderBond,
      challengeBond: params.challengeBond,
      heartbeatBlocks: params.heartbeatBlocks,
    };
  },
  getHeight: async () => (await client.getHealth()).height,
  getNonces: async (address) => {
    const account = await client.getAccount(address);
    return { accepted: account.nonce, next: account.next_nonce };
  },
  getProvider: async (id) => {
    const provider = await orUndefined(client.getProvider(id));
    if (provider === undefined) return undefined;
    return { id, operator: provider.operator, status: provider.state, bond: provider.bond };
  },
  getWork: async (provider, { after, waitMs, signal }) => {
    const query = after === undefined ? { waitMs } : { waitMs, after };
    const work = await client.getWork(provider, query, { signal });
    return { height: work.height, tasks: work.tasks.map(taskFacts) };
  },
  getTask: async (id) => {
    const task = await orUndefined(client.getTask(id));
    return task === undefined ? undefined : taskFacts(task);
  },
  listPostedTasks: (signal) => postedTasks(client, signal),
  getModel: (id) => findModel(client, id),
  getModelParameters: (id) => readParameters(client, id),
  events: async function* ({ after, signal }) {
    for await (const event of client.subscribeEvents({ after, signal })) yield workerEvent(event);
  },
});

/** A sender of one account's operations, over the HTTP API. */
export const createSdkSender = (sender: Sender): OperationSender => ({
  address: sender.addressBytes,
  deriveSecret: sender.deriveSecret,
  send: async (operation, { signal }) => {
    const { height } = await sender.send(operation, { signal });
    assert(height !== undefined, 'an accepted transaction without a height');
    return { height };
  },
});
