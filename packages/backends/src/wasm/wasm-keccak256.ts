import { assertBytes } from '@aivm/core';
import { KernelHost } from './kernel-host.ts';
import { compileKernels } from './kernel-module.ts';

const DIGEST_SIZE = 32;

/**
 * Keccak-256 in WebAssembly for messages of any length, for `installKeccak256`. Each hasher has memory of its own,
 * as large as the longest message it saw.
 *
 * @example installKeccak256(createWasmKeccak256());
 */
export function createWasmKeccak256(): (message: Uint8Array) => Uint8Array {
  const host = new KernelHost(compileKernels());
  return (message) => {
    assertBytes(message, 'message');
    const memory = host.memoryFor(DIGEST_SIZE, message.length);
    const [digestAt, messageAt] = memory.place(DIGEST_SIZE, message.length);
    memory.write(messageAt, message);
    memory.kernels.keccak256(messageAt, message.length, digestAt);
    const digest = new Uint8Array(DIGEST_SIZE);
    memory.read(digestAt, digest);
    return digest;
  };
}
