import { assertBytes } from '@aivm/core';
import { KernelMemory } from './kernel-memory.ts';
import { instantiateKernels } from './kernel-module.ts';

const DIGEST_SIZE = 32;

/**
 * Keccak-256 in WebAssembly for messages of any length, for `installKeccak256`. Each hasher has memory of its own,
 * which grows to the longest message it saw.
 *
 * @example installKeccak256(createWasmKeccak256());
 */
export function createWasmKeccak256(): (message: Uint8Array) => Uint8Array {
  const kernels = instantiateKernels();
  const memory = new KernelMemory(kernels);
  return (message) => {
    assertBytes(message, 'message');
    const [digestAt, messageAt] = memory.place(DIGEST_SIZE, message.length);
    memory.write(messageAt, message);
    kernels.keccak256(messageAt, message.length, digestAt);
    const digest = new Uint8Array(DIGEST_SIZE);
    memory.read(digestAt, digest);
    return digest;
  };
}
