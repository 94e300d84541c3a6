import {
  bytesToHex,
  listModels,
  listProviders,
  providerRewards,
  readTask,
  requireProvider,
  requireTask,
  TASK_STATUS_NAMES,
} from '@aivm/core';
import { bytesToCb58, modelToJson, rewardStatsToJson } from '@aivm/sdk';
import { readStats } from '../../hosts/vm/vm-reads.ts';
import { notVerified } from '../attestation-verifier.ts';
import type { Handlers } from '../handler.ts';
import { showProvider, showTask } from './show.ts';

/** Entries of a page when the request names no limit. */
export const PAGE_LIMIT = 20;
/** What the seed's health route calls its version. */
const VERSION = 'v1.0.0';

type SeedReads =
  | 'getProviders'
  | 'getTask'
  | 'listTasks'
  | 'getTaskStats'
  | 'getModels'
  | 'verifyAttestation'
  | 'getRewardStats'
  | 'getStats'
  | 'getMerkle'
  | 'getHealth';

/** The seed's routes that change nothing. */
export const seedReads: Handlers<SeedReads> = {
  getProviders: (_, { node }) => {
    const providers = listProviders(node.state()).map((provider) => showProvider(node, provider));
    return { providers, count: providers.length };
  },
  getTask: ({ query }, { node }) => showTask(node, requireTask(node.state(), query.id), { withProof: true }),
  listTasks: ({ query }, { node }) => {
    const { status, limit = PAGE_LIMIT, model, provider, cursor } = query;
    const page = node.listTasks({
      limit: Math.max(1, limit),
      ...(status === undefined ? {} : { status: TASK_STATUS_NAMES.indexOf(status) }),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const tasks = page.items.flatMap((id) => readTask(node.state(), id) ?? []);
    const shown = tasks.map((task) => showTask(node, task));
    return { tasks: shown, ...(page.nextCursor === undefined ? {} : { next_cursor: page.nextCursor }) };
  },
  getTaskStats: (_, { node }) => readStats(node),
  getModels: (_, { node }) => {
    const models = listModels(node.state()).map(modelToJson);
    return { models, count: models.length };
  },
  verifyAttestation: ({ body }, { node, attestationVerifier }) => {
    const { gpu_attestation: attestation } = body;
    if (attestationVerifier === undefined) return notVerified(attestation);
    return attestationVerifier(attestation, { nowSeconds: node.lastAccepted().header.timestamp });
  },
  getRewardStats: ({ query }, { node }) => {
    const provider = requireProvider(node.state(), query.provider_id);
    return rewardStatsToJson(provider, providerRewards(node.state(), provider));
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
};
