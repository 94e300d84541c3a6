import { describe, expect, it } from 'vitest';
import { findScenario, reportHash, runSimulation, SCENARIOS, scenarioOf } from '../src/index.ts';
import { World } from '../src/run/world.ts';

/** A run is about a second of one core; a busy machine takes its time. */
const TIMEOUT_MS = 300_000;

describe('a simulated run', { timeout: TIMEOUT_MS }, () => {
  it.each(SCENARIOS.map(({ name }) => name))('of %s finds nothing wrong and is long enough', async (name) => {
    const report = await runSimulation(11, name);
    expect(report.failure).toBeUndefined();
    expect(report.blocks).toBeGreaterThanOrEqual(200);
    expect(report.transactions).toBeGreaterThanOrEqual(300);
  });

  it.each(['faults', 'shipping-faults', 'shipping-malice'])(
    'of %s is the same again with the same seed, and another with another',
    async (name) => {
      const first = await runSimulation(11, name);
      expect(reportHash(await runSimulation(11, name))).toBe(reportHash(first));
      expect((await runSimulation(12, name)).chainHash).not.toBe(first.chainHash);
    },
  );

  it('is the same whether its nodes share work or each does all of it', async () => {
    const [shared, apart] = await Promise.all(
      [false, true].map((executesEverywhere) =>
        new World(findScenario('faults'), 13, { executesEverywhere }).run(),
      ),
    );
    if (shared === undefined || apart === undefined) throw new Error('two runs were asked for');
    expect(apart.failure).toBeUndefined();
    expect(reportHash(apart)).toBe(reportHash(shared));
  });

  it('goes on where the block that wins over a branch is the first of that branch', async () => {
    // Its proposer went on with the rest of the branch, which nobody had decided, and no block came any more.
    const report = await runSimulation(2_384, 'censorship');
    expect(report.failure).toBeUndefined();
  });
});

describe('a seed', () => {
  it('decides the scenario, and every scenario comes up', () => {
    const met = new Set(Array.from({ length: 40 * SCENARIOS.length }, (_, seed) => scenarioOf(seed).name));
    expect([...met].sort()).toEqual(SCENARIOS.map(({ name }) => name).sort());
  });
});
