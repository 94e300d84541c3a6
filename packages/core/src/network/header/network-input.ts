/** What a network is run on, apart from its weights: known to every node from the task and the posted output. */
export interface NetworkInput {
  /** The bytes of a map's input. */
  readonly bytes: Uint8Array;
  /** The text: prompt and posted tokens; at least T of them. Each is below the vocabulary. */
  readonly tokens: Uint32Array;
}
