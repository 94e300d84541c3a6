import type { Actor } from '../actors/actor.ts';
import type { Guarantees } from '../world/cast.ts';
import type { NetworkConditions } from '../world/network.ts';
import type { Random } from '../world/random.ts';

/**
 * A kind of run: which chain, which machines, and who takes part.
 *
 * How to add one: write `scenarios/<name>.ts`, add it to `scenarios/registry.ts`, and combine actors so that the
 * chain always has enough honest ones for what the scenario is about. `plan` draws everything that varies from the
 * given generator, so that a seed fixes it.
 */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  plan(random: Random): ScenarioPlan;
}

export interface ScenarioPlan {
  /** Beside the short windows that every simulated chain has. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
  /** Whose evidence counts; nobody's but the real vendors' where it is left out. */
  readonly attestation?: object;
  /** Whether the integer network of the simulation is registered. */
  readonly hasNetwork?: boolean;
  readonly nodeCount: number;
  readonly conditions: NetworkConditions;
  readonly guarantees: Guarantees;
  readonly actors: readonly Actor[];
}
