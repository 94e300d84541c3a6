/**
 * An engine that runs the six kernels over packed arenas, synchronously. Every engine gives the same bytes; they differ
 * in speed alone. Arenas whose names are said to be written are changed in place, all others are only read. Arenas of
 * one call must not overlap. A bad argument is a TypeError or RangeError that names it, thrown before any byte changes.
 */
export interface KernelBackend {
  /** Short name of the engine, such as `cpu` or `wasm`. */
  readonly name: string;

  /** Records attestations: `ops` (144 bytes each) into `attestations` (144 each, written). Returns how many applied. */
  attestationApply(desc: Uint8Array, ops: Uint8Array, attestations: Uint8Array): number;

  /** Changes the model table: `ops` (160 bytes each) into `models` (160 each, written). Returns how many applied. */
  provenanceApply(desc: Uint8Array, ops: Uint8Array, models: Uint8Array): number;

  /** Appends to the audit chain: `ops` (128 bytes each) into `anchors` (128 each, written). Returns how many applied. */
  anchorApply(desc: Uint8Array, ops: Uint8Array, anchors: Uint8Array): number;

  /** Expires attestations and commits to all tables. Writes `attestations`, `epoch` (160) and `result` (192). */
  epochTransition(
    desc: Uint8Array,
    attestations: Uint8Array,
    models: Uint8Array,
    anchors: Uint8Array,
    epoch: Uint8Array,
    result: Uint8Array,
  ): void;

  /**
   * Runs the 32→16→1 classifier once per op (144 bytes): `inputs` has 32 bytes and `outputs` (written) 1 byte per op,
   * `results` (written) 112 bytes per op. An offset that an op would use outside these is a RangeError.
   */
  inferenceStep(
    weights: Uint8Array,
    ops: Uint8Array,
    inputs: Uint8Array,
    outputs: Uint8Array,
    results: Uint8Array,
  ): void;

  /** Checks proof envelopes: `ops` (240 bytes each) to `results` (48 each, written). */
  proofVerify(ops: Uint8Array, results: Uint8Array): void;
}

/** An engine with memory of its own. */
export interface ArenaBackend extends KernelBackend {
  /**
   * Zeroed bytes for a large table, which this engine then need not copy in and out. They are good for everything that
   * an ordinary `Uint8Array` is good for, and stay so as long as they are held; only `buffer` may hold more than them.
   * @throws RangeError when there is not that much memory
   */
  createArena(byteLength: number): Uint8Array;
}

const isArenaBackend = (backend: KernelBackend): backend is ArenaBackend => 'createArena' in backend;

/** Zeroed bytes for a table that `backend` is to work on: in its own memory where it has some, else ordinary ones. */
export const createKernelArena = (backend: KernelBackend, byteLength: number): Uint8Array =>
  isArenaBackend(backend) ? backend.createArena(byteLength) : new Uint8Array(byteLength);
