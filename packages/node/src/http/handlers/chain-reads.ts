import { AivmError } from '@aivm/core/errors';
import {
  PanelPhase,
  proveStateKey,
  readChain,
  readEpoch,
  readTask,
  readWholePanel,
  requireProvider,
  requireTask,
  type TaskRecord as Task,
} from '@aivm/core/state';
import { blockToShape, blockToSummary, createOpenapi, parseBlockId, secondsToTimestamp } from '@aivm/sdk';
import type { AcceptedBlock } from '../../chain/accepted-block.ts';
import type { NodeApi } from '../../local/node-api.ts';
import { showProvider, showTask } from '../../views/record-views.ts';
import type { HandlerCall, HandlerContext, SomeHandlers } from '../handler.ts';
import { PAGE_LIMIT, showEach } from './list-page.ts';
import { notFound } from './not-found.ts';

function findBlock(node: NodeApi, ref: string): AcceptedBlock {
  const found = node.blocks.getBlock(blockRefOf(node, ref));
  if (found === undefined) throw notFound(`block ${ref.slice(0, 80)}`);
  return found;
}

function blockRefOf(node: NodeApi, ref: string): number | Uint8Array {
  if (ref === 'latest') return node.lastAccepted().header.height;
  // Fifteen digits are a height; an id in hex or CB58 is longer.
  if (/^\d{1,15}$/.test(ref)) return Number(ref);
  try {
    return parseBlockId(ref);
  } catch (error) {
    if (error instanceof RangeError) throw new AivmError('malformed', error.message, { cause: error });
    throw error;
  }
}

function listBlocks(node: NodeApi, from: number, limit: number) {
  const blocks = [];
  let height = Math.min(from, node.lastAccepted().header.height);
  for (; height >= 0 && blocks.length < limit; height--) {
    const found = node.blocks.getBlock(height);
    if (found === undefined) break;
    blocks.push(blockToSummary(found.block));
  }
  return { blocks, ...(height >= 0 && blocks.length === limit ? { next_cursor: String(height) } : {}) };
}

function listEpochs(node: NodeApi, cursor: string | undefined, limit: number) {
  const chain = readChain(node.state());
  if (cursor !== undefined && !/^\d{1,19}$/.test(cursor))
    throw new AivmError('malformed', 'cursor: not one of ours');
  const before = cursor === undefined ? chain.epoch : BigInt(cursor);
  const epochs = [];
  let epoch = (before < chain.epoch ? before : chain.epoch) - 1n;
  for (; epoch >= 0n && epochs.length < limit; epoch--) {
    const closed = readEpoch(node.state(), epoch);
    if (closed === undefined) break;
    epochs.push(closed);
  }
  return {
    current: {
      epoch: chain.epoch,
      started_at: secondsToTimestamp(chain.epochStartedAt),
      total: chain.epochReward,
      receipts: chain.epochReceipts,
    },
    epochs,
    ...(epoch >= 0n && epochs.length === limit ? { next_cursor: String(epoch + 1n) } : {}),
  };
}

/** The height at which there was last something new for the provider to do: it was drawn, or may reveal. */
function workSince(node: NodeApi, task: Task, provider: string): number {
  const whole = readWholePanel(node.state(), task.id);
  const seat = whole?.seats.find((one) => one.provider === provider);
  if (whole === undefined || seat === undefined) return task.assignedAtHeight;
  return whole.panel.phase === PanelPhase.revealing ? whole.panel.commitDeadline : seat.drawnAtHeight;
}

/** Tasks and seats of the provider that are not settled; with `after`, only those with news above that height. */
async function workOf({ node, log }: HandlerContext, id: string, after: number | undefined) {
  const { height } = node.lastAccepted().header;
  const { assigned, seats } = requireProvider(node.state(), id);
  const tasks = [...assigned, ...seats].map((taskId) => requireTask(node.state(), taskId));
  const wanted = after === undefined ? tasks : tasks.filter((task) => workSince(node, task, id) > after);
  return {
    height,
    tasks: await showEach(wanted, (task) => showTask(node, task), { node, log, list: 'work' }),
  };
}

async function waitForWork({ params, query, signal }: HandlerCall<'getWork'>, context: HandlerContext) {
  const endsAt = context.node.clock.now() + (query.wait ?? 0);
  for (;;) {
    const work = await workOf(context, params.id, query.after);
    const left = endsAt - context.node.clock.now();
    if (work.tasks.length > 0 || left <= 0 || signal.aborted) return work;
    await context.node.waitForBlock(work.height, { timeoutMs: Math.ceil(left), signal });
  }
}

function stateProofOf(node: NodeApi, key: Uint8Array) {
  const { header } = node.lastAccepted();
  const state = node.state();
  return {
    chainId: node.chainId,
    key,
    value: state.get(key),
    proof: proveStateKey(state, header.stateRoot, key),
    header,
  };
}

/** The header that a proof is asked against: the last accepted one, or that of the block that made an anchor. */
function headerFor(node: NodeApi, anchor: number | 'latest' | undefined) {
  if (anchor === undefined) return node.lastAccepted().header;
  const number = anchor === 'latest' ? node.anchors.count - 1 : anchor;
  const message = node.anchors.get(number);
  const accepted = message && node.blocks.getBlock(message.blockId);
  if (accepted === undefined) throw notFound(anchor === 'latest' ? 'any anchor' : `anchor ${anchor}`);
  return accepted.block.header;
}

function receiptFileOf(node: NodeApi, index: number, anchor: number | 'latest' | undefined) {
  const header = headerFor(node, anchor);
  const receipt = node.blocks.getReceipt(index);
  if (receipt === undefined) throw notFound(`receipt ${index}`);
  const count = header.receiptCount;
  if (index >= count) throw notFound(`receipt ${index} under height ${header.height}, which has ${count},`);
  return {
    chainId: node.chainId,
    receipt,
    index,
    count,
    siblings: [...node.blocks.getReceiptProof(index, count)],
    header,
  };
}

let openapi: Readonly<Record<string, unknown>> | undefined;

/** Blocks, proofs, configuration, and what describes the node itself. */
export const chainReads = {
  listBlocks: ({ query }, { node }) =>
    listBlocks(node, query.from ?? node.lastAccepted().header.height, Math.max(1, query.limit ?? PAGE_LIMIT)),
  getBlock: ({ params }, { node }) => {
    const { block, outcomes, details } = findBlock(node, params.idOrHeight);
    const getTask = (id: string) => readTask(node.state(), id);
    return blockToShape(block, { outcomes, details, params: node.params, getTask });
  },
  getProvider: ({ params }, { node }) => showProvider(node, requireProvider(node.state(), params.id)),
  getWork: (call, context) => waitForWork(call, context),
  listEpochs: ({ query }, { node }) => listEpochs(node, query.cursor, Math.max(1, query.limit ?? PAGE_LIMIT)),
  getConfig: (_, { node, signer }) => ({
    chain_id: node.chainId,
    genesis_hash: readChain(node.state()).genesisHash,
    genesis_timestamp: secondsToTimestamp(node.genesisTimestamp),
    signs_unsigned_writes: signer !== undefined,
    config: { ...node.config },
    params: node.params,
  }),
  getReceipt: ({ params: { index } }, { node }) => {
    const receipt = node.blocks.getReceipt(index);
    if (receipt === undefined) throw notFound(`receipt ${index}`);
    return { index, receipt };
  },
  getReceiptProof: ({ params, query }, { node }) => receiptFileOf(node, params.index, query.anchor),
  getStateProof: ({ params }, { node }) => stateProofOf(node, params.key),
  getOpenapi: () => {
    openapi ??= createOpenapi();
    return openapi;
  },
  getMetrics: (_, { renderMetrics }) => renderMetrics(),
} satisfies SomeHandlers;
