import * as z from 'zod';
import { anchorPageSchema, anchorValidatorsSchema, validatorSignaturesSchema } from '../schemas/anchor.ts';
import { blockPageSchema, blockSchema } from '../schemas/block.ts';
import { chainConfigSchema, epochPageSchema } from '../schemas/chain.ts';
import { DISPUTE_VERDICTS, disputePageSchema, disputeSchema } from '../schemas/dispute.ts';
import { eventSchema } from '../schemas/event.ts';
import { indexedReceiptSchema, receiptFileSchema, stateProofFileSchema } from '../schemas/proof.ts';
import { providerSchema } from '../schemas/provider.ts';
import { addressText, count, hexBytes, waitDuration } from '../schemas/scalars.ts';
import { workSchema } from '../schemas/task.ts';
import {
  accountSchema,
  submitTransactionAnswerSchema,
  submitTransactionRequestSchema,
  transactionSchema,
} from '../schemas/transaction.ts';
import { getRoute } from './define-route.ts';
import { PAGE_LIMIT_MAX, pageQuery } from './go-routes.ts';

/** Routes over signed transactions and everything that is on chain. */
export const chainRoutes = {
  submitTransaction: {
    ...getRoute({
      name: 'submitTransaction',
      path: '/tx',
      summary:
        'Takes one signed transaction as 0x-hex text, or an array of up to 1,000 in any order; an entry of an array is answered on its own.',
      query: z.object({
        wait: z
          .enum(['accepted', 'final'])
          .optional()
          .describe('Wait until it is in a block, or until its task ended.'),
        timeout: waitDuration
          .optional()
          .describe('How long to wait; default 30s. Then it is answered as it stands.'),
      }),
      body: submitTransactionRequestSchema,
      response: submitTransactionAnswerSchema,
      errors: [
        'bad_signature',
        'wrong_chain',
        'nonce_too_low',
        'nonce_gap',
        'already_known',
        'replacement_underpriced',
        'insufficient_balance',
        'pool_full',
        'too_large',
      ],
    }),
    method: 'POST' as const,
  },
  getTransaction: getRoute({
    name: 'getTransaction',
    path: '/tx/:hash',
    summary:
      'A transaction: `pending`, `accepted`, or `final` (its task has ended); `wait` and `until` wait for it.',
    params: z.object({ hash: hexBytes(32) }),
    query: z.object({
      wait: waitDuration.optional().describe('Wait so long for the state that `until` names.'),
      until: z.enum(['accepted', 'final']).optional().describe('Default accepted.'),
    }),
    response: transactionSchema,
    errors: ['not_found'],
  }),
  getAccount: getRoute({
    name: 'getAccount',
    path: '/accounts/:address',
    summary: 'Balance and nonces of an address; zeros where it was never used.',
    params: z.object({ address: addressText }),
    response: accountSchema,
  }),
  listBlocks: getRoute({
    name: 'listBlocks',
    path: '/blocks',
    summary: 'Blocks without their contents, newest first.',
    query: z.object({
      from: count().optional().describe('Highest height to list.'),
      limit: count(PAGE_LIMIT_MAX).optional(),
    }),
    response: blockPageSchema,
  }),
  getBlock: getRoute({
    name: 'getBlock',
    path: '/blocks/:idOrHeight',
    summary: 'A block by height, by id (CB58 or hex), or "latest".',
    params: z.object({ idOrHeight: z.string() }),
    response: blockSchema,
    errors: ['not_found'],
  }),
  getProvider: getRoute({
    name: 'getProvider',
    path: '/providers/:id',
    summary: 'One provider.',
    params: z.object({ id: z.string() }),
    response: providerSchema,
    errors: ['provider_not_found'],
  }),
  getWork: getRoute({
    name: 'getWork',
    path: '/providers/:id/work',
    summary: 'Tasks and seats that wait for this provider, with their inputs.',
    params: z.object({ id: z.string() }),
    query: z.object({
      wait: waitDuration.optional().describe('Wait so long while there is nothing.'),
      after: count()
        .optional()
        .describe('Only answer for work that was given, or may be revealed, since above this height.'),
    }),
    response: workSchema,
    errors: ['provider_not_found'],
  }),
  listEpochs: getRoute({
    name: 'listEpochs',
    path: '/epochs',
    summary: 'The open epoch and the closed ones, newest first.',
    query: z.object(pageQuery),
    response: epochPageSchema,
  }),
  listAnchors: getRoute({
    name: 'listAnchors',
    path: '/anchors',
    summary: 'Anchors of the receipts root, newest first, and how far each sink of this node is.',
    query: z.object(pageQuery),
    response: anchorPageSchema,
  }),
  getAnchorSignatures: getRoute({
    name: 'getAnchorSignatures',
    path: '/anchors/:number/signatures',
    summary: 'What the validators of a CometBFT network signed of an anchor.',
    params: z.object({ number: count() }),
    response: validatorSignaturesSchema,
    errors: ['not_found'],
  }),
  getAnchorValidators: getRoute({
    name: 'getAnchorValidators',
    path: '/validators',
    summary: 'Who signs the anchors of a CometBFT network, and every signed change of that set.',
    response: anchorValidatorsSchema,
    errors: ['not_found'],
  }),
  listDisputes: getRoute({
    name: 'listDisputes',
    path: '/disputes',
    summary: 'Challenges that were admitted, newest first.',
    query: z.object({ verdict: z.enum(DISPUTE_VERDICTS).optional(), ...pageQuery }),
    response: disputePageSchema,
  }),
  getDispute: getRoute({
    name: 'getDispute',
    path: '/disputes/:id',
    summary: 'One dispute with its moves: by the hash of its challenge, or by task (its latest).',
    params: z.object({ id: z.string() }),
    response: disputeSchema,
    errors: ['not_found'],
  }),
  getConfig: getRoute({
    name: 'getConfig',
    path: '/config',
    summary: 'What genesis fixed.',
    response: chainConfigSchema,
  }),
  getReceipt: getRoute({
    name: 'getReceipt',
    path: '/receipts/:index',
    summary: 'One receipt.',
    params: z.object({ index: count() }),
    response: indexedReceiptSchema,
    errors: ['not_found'],
  }),
  getReceiptProof: getRoute({
    name: 'getReceiptProof',
    path: '/receipts/:index/proof',
    summary:
      'A receipt file: the receipt with its proof against the last accepted header, or that of an anchor.',
    params: z.object({ index: count() }),
    query: z.object({
      anchor: z
        .union([z.literal('latest'), count()])
        .optional()
        .describe('Number of an anchor, or "latest": the proof is against the block that made it.'),
    }),
    response: receiptFileSchema,
    errors: ['not_found'],
  }),
  getStateProof: getRoute({
    name: 'getStateProof',
    path: '/state/:key/proof',
    summary:
      'What the last accepted state holds under a key (hex), or that it holds nothing, with the proof.',
    params: z.object({ key: hexBytes() }),
    response: stateProofFileSchema,
  }),
  subscribeEvents: getRoute({
    name: 'subscribeEvents',
    path: '/events',
    summary:
      'Server-sent events of accepted blocks. Resumes after the header Last-Event-ID ("height.index").',
    query: z.object({
      after: z.string().optional().describe('As Last-Event-ID, for clients that cannot send it.'),
    }),
    response: eventSchema,
    answers: 'events',
    errors: ['rate_limited'],
  }),
  getOpenapi: getRoute({
    name: 'getOpenapi',
    path: '/openapi.json',
    summary: 'This contract.',
    response: z.record(z.string(), z.unknown()),
  }),
  getMetrics: getRoute({
    name: 'getMetrics',
    path: '/metrics',
    summary: 'Prometheus metrics.',
    response: z.string(),
    answers: 'text',
  }),
} as const;
