import { list, struct } from '../../bytes/codec/composites.ts';
import { address, text, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { gpuInfoCodec } from '../../state/records/gpu-info.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Replaces endpoint, wallet and GPUs of the sender's provider, and its least fee from the next epoch on. */
export const updateProvider = defineOperation({
  tag: 3,
  codec: struct('UpdateProvider', {
    id,
    walletAddress: address,
    endpoint: text(LIMITS.endpointBytesMax),
    gpus: list(gpuInfoCodec, LIMITS.gpusMax),
    leastFee: u64,
  }),
  // The record is written anew with up to 64 GPUs, and hashed with all that it holds.
  work: 1_800,
});
