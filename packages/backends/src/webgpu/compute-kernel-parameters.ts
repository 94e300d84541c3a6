/** A shader and the shapes of what it reads and writes. */
export interface ComputeKernelParameters {
  readonly label: string;
  readonly code: string;
  /** Bytes of an array that every invocation reads whole; 0 for none. Bound before the others. */
  readonly sharedSize: number;
  /** Bytes per struct of each array of inputs, multiples of 4. */
  readonly inputSizes: readonly number[];
  /** Bytes per struct of the results, a multiple of 4. */
  readonly resultSize: number;
  /** Most structs of one dispatch. */
  readonly chunkCountMax: number;
}
