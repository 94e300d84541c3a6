import type { Network, NetworkHeader, NetworkInput, Trace } from '@aivm/core/network';

/** A network with its weights, as an engine of `@aivm/backends` loads it. */
export interface LoadedNetwork {
  readonly header: NetworkHeader;
  generate(prompt: Uint32Array, maxNew: number): AsyncIterable<number>;
  pass(parameters: { readonly network: Network; readonly input: NetworkInput }): Promise<Trace>;
}

/** What computes integer networks. */
export interface NetworkEngine {
  readonly name: string;
  load(header: NetworkHeader, blob: Uint8Array): LoadedNetwork;
}
