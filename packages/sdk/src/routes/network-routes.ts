import * as z from 'zod';
import { blobProofSchema, blobStoredSchema, PROOF_CHUNKS_MAX } from '../schemas/blob.ts';
import { gameMovesSchema } from '../schemas/game.ts';
import { count, hexBytes } from '../schemas/scalars.ts';
import { getRoute } from './define-route.ts';

const params = z.object({ hash: hexBytes(32) });

/** Routes over integer networks: their weights by hash, and the moves of games about their results. */
export const networkRoutes = {
  getGameMoves: getRoute({
    name: 'getGameMoves',
    path: '/tasks/:id/moves',
    summary: 'Moves of the games about the results of a task that took effect, oldest first.',
    params: z.object({ id: z.string() }),
    query: z.object({ from: count().optional().describe('The first height to look at; default 0.') }),
    response: gameMovesSchema,
  }),
  getBlob: getRoute({
    name: 'getBlob',
    path: '/blobs/:hash',
    summary: 'The bytes of a blob of weights, whole or one range of them (header Range).',
    params,
    response: z.string(),
    answers: 'bytes',
    errors: ['not_found', 'data_dir_corrupt'],
  }),
  getBlobProof: getRoute({
    name: 'getBlobProof',
    path: '/blobs/:hash/proof',
    summary: 'The hashes that lead from chunks of 8 KiB to the hash of the blob.',
    params,
    query: z.object({
      first: count().optional().describe('The first chunk; default 0.'),
      count: count(PROOF_CHUNKS_MAX).optional().describe('How many chunks; default 1.'),
    }),
    response: blobProofSchema,
    errors: ['not_found', 'data_dir_corrupt'],
  }),
  putBlob: {
    ...getRoute({
      name: 'putBlob',
      path: '/blobs/:hash',
      summary: 'Stores the weights of a registered network: exactly its bytes, hashed as they come.',
      params,
      query: z.object({ model: z.string().describe('Id of a network with these weights.') }),
      takesBytes: true,
      response: blobStoredSchema,
      errors: ['not_found', 'too_large', 'timeout', 'store_unavailable'],
    }),
    method: 'PUT' as const,
  },
} as const;
