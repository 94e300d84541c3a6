import { EngineCallError } from '../engine/failover.ts';

/** A library that cannot serve as a plugin: it does not open, lacks a function, or answers wrongly. */
export class PluginOpenError extends Error {
  override readonly name = 'PluginOpenError';
  /** Path as it was asked for. */
  readonly path: string;
  readonly reason: string;

  constructor(path: string, reason: string, options?: { cause?: unknown }) {
    super(`plugin ${path}: ${reason}`, options);
    this.path = path;
    this.reason = reason;
  }
}

/** A plugin function that returned another code than 0. The caller's arenas hold what they held before the call. */
export class PluginCallError extends EngineCallError {
  override readonly name = 'PluginCallError';
  /** Backend name, such as `cuda`. */
  readonly backend: string;
  /** The C function, such as `lux_cuda_aivm_proof_verify`. */
  readonly functionName: string;
  /** What it returned; its meaning is the plugin's own. */
  readonly code: number;
  readonly path: string;

  constructor({ backend, functionName, code, path }: PluginCallFailure) {
    super(`plugin ${backend}: ${functionName} returned ${code} (${path})`);
    this.backend = backend;
    this.functionName = functionName;
    this.code = code;
    this.path = path;
  }
}

/** What a {@link PluginCallError} names. */
export interface PluginCallFailure {
  readonly backend: string;
  readonly functionName: string;
  readonly code: number;
  readonly path: string;
}
