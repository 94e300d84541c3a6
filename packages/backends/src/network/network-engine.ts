import type { Network, NetworkHeader, NetworkInput, Trace } from '@aivm/core/network';

/** One pass over a whole text, or over the input of a map. */
export interface PassParameters {
  readonly network: Network;
  readonly input: NetworkInput;
}

/** A network with its weights, ready to run. Every engine gives the same bytes. */
export interface LoadedNetwork {
  readonly header: NetworkHeader;
  /** Whether {@link generate} keeps what earlier tokens left, and does not run the whole text for each token. */
  readonly isIncremental: boolean;
  /**
   * The tokens that follow `prompt`: at most `maxNew`, and none after an end token. They are those of the pass over the
   * finished text.
   *
   * @throws RangeError for a network that is no decoder, an empty prompt, a token that is not in the vocabulary, or a text
   *   above the header's maxT
   */
  generate(prompt: Uint32Array, maxNew: number): AsyncGenerator<number, void, undefined>;
  /**
   * All tensors of one pass, in the layout that a root commits to.
   *
   * @throws RangeError above the engine's bound of bytes
   */
  pass(parameters: PassParameters): Promise<Trace>;
}

/** What computes networks: the reference in TypeScript, later WebAssembly and native code. */
export interface NetworkEngine {
  readonly name: string;
  /**
   * @param header one that was checked
   * @param blob exactly as many bytes as the header states; it is not copied and must not change
   */
  load(header: NetworkHeader, blob: Uint8Array): LoadedNetwork;
}
