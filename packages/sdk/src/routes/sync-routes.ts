import * as z from 'zod';
import { count, waitDuration } from '../schemas/scalars.ts';
import { BLOCKS_PER_REQUEST_MAX, blockBytesSchema } from '../schemas/sync.ts';
import { getRoute } from './define-route.ts';

/** Routes by which one node gets the chain from another. */
export const syncRoutes = {
  getBlockBytes: getRoute({
    name: 'getBlockBytes',
    path: '/blocks/:height/bytes',
    summary:
      'The canonical bytes of blocks from a height on, as many as come to about 1 MiB; with the id of the block before and of the last one.',
    params: z.object({ height: count() }),
    query: z.object({
      count: count(BLOCKS_PER_REQUEST_MAX).optional().describe('The most blocks to give; default 1.'),
      wait: waitDuration.optional().describe('Wait so long for the first of them.'),
    }),
    response: blockBytesSchema,
  }),
} as const;
