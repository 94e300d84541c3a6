import { list, struct } from '../../bytes/codec/composites.ts';
import { address, text, u64 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../../state/limits.ts';
import { gpuInfoCodec } from '../../state/records/gpu-info.ts';
import { defineOperation } from './define-operation.ts';
import { id } from './members.ts';

/** Locks a bond and begins to serve. Empty `models`: the genesis models and every int8 model. */
export const registerProvider = defineOperation({
  tag: 2,
  codec: struct('RegisterProvider', {
    id,
    walletAddress: address,
    endpoint: text(LIMITS.endpointBytesMax),
    gpus: list(gpuInfoCodec, LIMITS.gpusMax),
    models: list(id, LIMITS.modelsPerProviderMax),
    bond: u64,
  }),
  // Entering a list, and leaving it by a conviction or a penalty, is paid here.
  work: ({ models }) => 800 + 175 * models.length,
});
