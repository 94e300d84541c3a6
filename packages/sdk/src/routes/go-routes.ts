import { TASK_STATUS_NAMES } from '@aivm/core/state';
import * as z from 'zod';
import { attestationVerdictSchema, verifyAttestationRequestSchema } from '../schemas/attestation.ts';
import { healthSchema, merkleSchema, statsSchema } from '../schemas/chain.ts';
import { modelsSchema } from '../schemas/model.ts';
import {
  claimRewardsAnswerSchema,
  claimRewardsRequestSchema,
  providersSchema,
  registerProviderAnswerSchema,
  registerProviderRequestSchema,
  rewardStatsSchema,
} from '../schemas/provider.ts';
import { count } from '../schemas/scalars.ts';
import {
  submitResultRequestSchema,
  submitTaskRequestSchema,
  taskIdAnswerSchema,
  taskPageSchema,
  taskSchema,
} from '../schemas/task.ts';
import { getRoute, unsignedWriteRoute } from './define-route.ts';

/** The most entries of one page. */
export const PAGE_LIMIT_MAX = 100;

/** What every paged read takes. */
export const pageQuery = {
  cursor: z.string().optional().describe('next_cursor of the page before.'),
  limit: count(PAGE_LIMIT_MAX).optional().describe('Default 20.'),
};

/** As {@link pageQuery}, for lists that the Go service gives whole. */
const wholeListQuery = {
  cursor: pageQuery.cursor,
  limit: count(PAGE_LIMIT_MAX).optional().describe('Default 100.'),
};

/** The routes of the Go service, in its shapes. */
export const goRoutes = {
  getProviders: getRoute({
    name: 'getProviders',
    path: '/providers',
    summary:
      'Providers in order of registration, a hundred at once; `next_cursor` goes into `cursor`. `count` is of all.',
    query: z.object(wholeListQuery),
    response: providersSchema,
  }),
  registerProvider: unsignedWriteRoute({
    name: 'registerProvider',
    path: '/providers/register',
    summary:
      'Registers a provider; a development node bonds and signs for it. Answers `attestation` where the request carried one.',
    body: registerProviderRequestSchema,
    response: registerProviderAnswerSchema,
    errors: ['id_taken', 'insufficient_balance', 'provider_limit', 'provider_slashed', 'attestation_refused'],
  }),
  getTask: getRoute({
    name: 'getTask',
    path: '/tasks',
    summary: 'One task by its id.',
    query: z.object({ id: z.string() }),
    selectedBy: ['id'],
    argument: 'id',
    response: taskSchema,
    errors: ['task_not_found'],
  }),
  listTasks: getRoute({
    name: 'listTasks',
    path: '/tasks',
    summary: 'Tasks, newest first.',
    query: z.object({
      status: z.enum(TASK_STATUS_NAMES).optional(),
      model: z.string().optional(),
      provider: z.string().optional(),
      ...pageQuery,
    }),
    selectedBy: ['status', 'model', 'provider', 'cursor', 'limit'],
    response: taskPageSchema,
  }),
  getTaskStats: getRoute({
    name: 'getTaskStats',
    path: '/tasks',
    summary: 'Without a query: the stats.',
    response: statsSchema,
  }),
  submitTask: unsignedWriteRoute({
    name: 'submitTask',
    path: '/tasks/submit',
    summary: 'Asks for work; a development node pays and signs for it.',
    body: submitTaskRequestSchema,
    response: taskIdAnswerSchema,
    errors: [
      'fee_too_low',
      'id_taken',
      'invalid_task',
      'unknown_model',
      'invalid_input',
      'too_large',
      'queue_full',
      'not_supported',
    ],
  }),
  submitResult: unsignedWriteRoute({
    name: 'submitResult',
    path: '/tasks/result',
    summary: 'Answers a task as its drawn provider; a development node signs as the recorded operator.',
    body: submitResultRequestSchema,
    response: taskIdAnswerSchema,
    errors: [
      'task_not_found',
      'provider_not_found',
      'invalid_input',
      'too_large',
      'too_late',
      'duplicate',
      'provider_slashed',
    ],
  }),
  getModels: getRoute({
    name: 'getModels',
    path: '/models',
    summary: 'Models in order of registration, paged like providers.',
    query: z.object(wholeListQuery),
    response: modelsSchema,
  }),
  verifyAttestation: {
    ...getRoute({
      name: 'verifyAttestation',
      path: '/attestation/verify',
      summary: 'Verifies GPU evidence locally. Changes nothing.',
      body: verifyAttestationRequestSchema,
      argument: 'gpu_attestation',
      response: attestationVerdictSchema,
    }),
    method: 'POST' as const,
  },
  claimRewards: unsignedWriteRoute({
    name: 'claimRewards',
    path: '/rewards/claim',
    summary: 'Pays a provider\'s rewards of closed epochs to its wallet; nothing pending pays "0".',
    body: claimRewardsRequestSchema,
    response: claimRewardsAnswerSchema,
    errors: ['provider_not_found'],
  }),
  getRewardStats: getRoute({
    name: 'getRewardStats',
    path: '/rewards/stats',
    summary: 'What a provider earned.',
    query: z.object({ provider_id: z.string().min(1) }),
    argument: 'provider_id',
    response: rewardStatsSchema,
    errors: ['provider_not_found'],
  }),
  getStats: getRoute({
    name: 'getStats',
    path: '/stats',
    summary: 'The chain in numbers.',
    response: statsSchema,
  }),
  getMerkle: getRoute({
    name: 'getMerkle',
    path: '/merkle',
    summary: 'Root and size of the receipts tree.',
    response: merkleSchema,
  }),
  getHealth: getRoute({
    name: 'getHealth',
    path: '/health',
    summary: 'Whether the node does its work; 503 where it does not.',
    response: healthSchema,
  }),
} as const;
