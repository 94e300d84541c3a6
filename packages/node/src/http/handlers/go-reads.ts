import { bytesToHex, bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { providerRewards } from '@aivm/core/execute';
import {
  readChain,
  readModel,
  requireProvider,
  requireTask,
  type StateReader,
  stateKeys,
} from '@aivm/core/state';
import { bytesToCb58, modelToShape, rewardStatsToShape } from '@aivm/sdk';
import { readStats } from '../../views/chain-views.ts';
import { showProvider, showTask } from '../../views/record-views.ts';
import { notVerified } from '../attestation-verifier.ts';
import type { SomeHandlers } from '../handler.ts';
import { cursorPosition, showEach } from './list-page.ts';
import { listTasks } from './task-list.ts';

/** What the Go service's health route calls its version. */
const VERSION = 'v1.0.0';

/** Entries of a page of the two lists that the Go service gives whole: what its clients are used to, and no more. */
const WHOLE_LIST_LIMIT = 100;

type ListQuery = { readonly cursor?: string | undefined; readonly limit?: number | undefined };

/** Ids of one page of an index of the state, and where the next page begins. */
function idsOfPage(
  state: StateReader,
  { cursor, limit = WHOLE_LIST_LIMIT }: ListQuery,
  { list, count, keyOf }: { list: string; count: number; keyOf: (position: number) => Uint8Array },
) {
  const from = Math.min(cursorPosition(cursor, list), count);
  const to = Math.min(from + Math.max(1, limit), count);
  const ids = Array.from(
    { length: to - from },
    (_, i) => bytesToUtf8(state.get(keyOf(from + i)) ?? NO_BYTES) ?? '',
  );
  return { ids, rest: { count, ...(to < count ? { next_cursor: String(to) } : {}) } };
}

const NO_BYTES = new Uint8Array(0);

function requireModel(state: StateReader, id: string) {
  const model = readModel(state, id);
  if (model === undefined) throw new AivmError('not_found', `model "${id}"`);
  return model;
}

/** The Go service's routes that change nothing. */
export const goReads = {
  getProviders: async ({ query }, { node, log }) => {
    const state = node.state();
    const { ids, rest } = idsOfPage(state, query, {
      list: 'providers',
      count: readChain(state).providerCount,
      keyOf: stateKeys.providerIndex,
    });
    const show = (id: string) => showProvider(node, requireProvider(node.state(), id));
    return { providers: await showEach(ids, show, { node, log, list: 'providers' }), ...rest };
  },
  getTask: ({ query }, { node }) => showTask(node, requireTask(node.state(), query.id), { withProof: true }),
  listTasks: ({ query }, context) => listTasks(query, context),
  getTaskStats: (_, { node }) => readStats(node),
  getModels: async ({ query }, { node, log }) => {
    const state = node.state();
    const { ids, rest } = idsOfPage(state, query, {
      list: 'models',
      count: readChain(state).modelCount,
      keyOf: stateKeys.modelIndex,
    });
    const show = (id: string) => modelToShape(requireModel(node.state(), id));
    return { models: await showEach(ids, show, { node, log, list: 'models' }), ...rest };
  },
  verifyAttestation: ({ body }, { node, attestationVerifier }) => {
    const { gpu_attestation: attestation } = body;
    if (attestationVerifier === undefined) return notVerified(attestation);
    return attestationVerifier(attestation, { nowSeconds: node.lastAccepted().header.timestamp });
  },
  getRewardStats: ({ query }, { node }) => {
    const provider = requireProvider(node.state(), query.provider_id);
    return rewardStatsToShape(provider, providerRewards(node.state(), provider));
  },
  getStats: (_, { node }) => readStats(node),
  getMerkle: (_, { node }) => {
    const { receiptsRoot, receiptCount } = node.lastAccepted().header;
    return { merkleRoot: receiptsRoot, merkleRootHex: bytesToHex(receiptsRoot), count: receiptCount };
  },
  getHealth: (_, { node }) => {
    const { healthy, details } = node.health();
    const { id, header } = node.lastAccepted();
    return {
      healthy,
      version: VERSION,
      height: header.height,
      last_accepted: bytesToCb58(id),
      details: { ...details },
    };
  },
} satisfies SomeHandlers;
