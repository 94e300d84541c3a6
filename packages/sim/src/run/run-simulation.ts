import { utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { installCrypto } from '@aivm/node';
import { SCENARIOS } from '../scenarios/registry.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { installSharedVerification } from '../world/hardware.ts';
import { normalizeReport, type RunReport } from './report.ts';
import { World, type WorldOptions } from './world.ts';

/** The scenario of this name. @throws RangeError that lists them. */
export function findScenario(name: string): Scenario {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  throw new RangeError(
    `scenario: expected one of ${SCENARIOS.map((one) => one.name).join(', ')}, got "${name}"`,
  );
}

/** The scenario that a seed plays where none is asked for: a batch meets all of them alike. */
export function scenarioOf(seed: number): Scenario {
  const [first = 0, second = 0] = keccak256(utf8ToBytes(`scenario/${seed}`));
  const scenario = SCENARIOS[(first * 256 + second) % SCENARIOS.length];
  if (scenario === undefined) throw new Error('there are no scenarios');
  return scenario;
}

/**
 * Simulates one world to its end. Nothing but the arguments decides the report.
 * @param seed a whole number, 0…2^53 − 1
 */
export async function runSimulation(
  seed: number,
  name?: string,
  options: WorldOptions = {},
): Promise<RunReport> {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`seed: expected 0…2^53 − 1, got ${seed}`);
  installCrypto();
  installSharedVerification();
  const scenario = name === undefined ? scenarioOf(seed) : findScenario(name);
  return normalizeReport(await new World(scenario, seed, options).run());
}
