import { AivmError } from '@aivm/core/errors';
import type { SomeHandlers } from '../handler.ts';
import { proveChunks } from './blob-transfer.ts';

/** What JSON says about the weights of networks. */
export const blobReads = {
  getBlobProof: ({ params, query }, { blobs }) => {
    if (blobs === undefined) throw new AivmError('not_found', 'blobs: this node keeps none');
    return proveChunks(blobs, params.hash, query);
  },
} satisfies SomeHandlers;
