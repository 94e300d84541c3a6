import { ErrGPUNotAvailable } from '@aivm/core/errors';

/**
 * A kernel call that an engine did not finish, through no fault of its arguments. The caller's arenas hold what they
 * held before it, so another engine can compute the call again.
 */
export abstract class EngineCallError extends Error {}

/** Why an engine stops serving: a call failed, or there is no device behind it any more. */
export type EngineFailure = EngineCallError | ErrGPUNotAvailable;

/** What a failover is made with. */
export interface FailoverParameters<Engine> {
  /** Asked first, until it fails. */
  readonly engine: Engine;
  /** Answers from then on. */
  readonly cpu: Engine;
  /** Called once, with the error that ended the engine's service. */
  readonly onFailure: (error: EngineFailure) => void;
}

/** Which of two engines serves: the first until it fails, the CPU from then on. */
export class Failover<Engine> {
  readonly #cpu: Engine;
  readonly #onFailure: (error: EngineFailure) => void;
  #current: Engine;

  constructor({ engine, cpu, onFailure }: FailoverParameters<Engine>) {
    this.#current = engine;
    this.#cpu = cpu;
    this.#onFailure = onFailure;
  }

  get current(): Engine {
    return this.#current;
  }

  /**
   * The engine for the same call once more.
   * @throws the error itself if it is no failure of an engine, since arguments are wrong on every engine, or if the CPU threw it
   */
  afterFailure(error: unknown, failed: Engine): Engine {
    const isFailure = error instanceof EngineCallError || error instanceof ErrGPUNotAvailable;
    if (!isFailure || failed === this.#cpu) throw error;
    // Calls that were under way when a device went fail alike: one report is enough.
    if (this.#current !== this.#cpu) {
      this.#current = this.#cpu;
      this.#onFailure(error);
    }
    return this.#cpu;
  }
}
