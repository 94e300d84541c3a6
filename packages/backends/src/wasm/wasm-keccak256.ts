import { assertBytes } from '@aivm/core/bytes';
import { KernelHost } from './kernel-host.ts';
import { compileKernels } from './kernel-module.ts';

const DIGEST_SIZE = 32;
/** Longer messages are given space of their own size; nearly all are hashes, keys and records. */
const SPACE_MIN = 4_096;

/** Where a digest and messages of up to `size` bytes lie. */
function placeIn(host: KernelHost, size: number) {
  const memory = host.memoryFor(DIGEST_SIZE, size);
  const [digestAt, messageAt] = memory.place(DIGEST_SIZE, size);
  return { memory, digestAt, messageAt, size };
}

/**
 * Keccak-256 in WebAssembly for messages of any length, for `installKeccak256`. Each hasher has memory of its own,
 * as large as the longest message it saw.
 *
 * @example installKeccak256(createWasmKeccak256());
 */
export function createWasmKeccak256(): (message: Uint8Array) => Uint8Array {
  const host = new KernelHost(compileKernels());
  let place = placeIn(host, SPACE_MIN);
  return (message) => {
    assertBytes(message, 'message');
    if (message.length > place.size) place = placeIn(host, message.length);
    const { memory, digestAt, messageAt } = place;
    memory.write(messageAt, message);
    memory.kernels.keccak256(messageAt, message.length, digestAt);
    return memory.copy(digestAt, DIGEST_SIZE);
  };
}
