import { createWasmBackend } from '@aivm/backends';
import { installCrypto } from '@aivm/node';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { steps } from '../packages/core/test/execute/world/commands.ts';
import { diceOf } from '../packages/core/test/execute/world/vertex-dag.ts';
import { type VertexCounts, VertexWorld } from '../packages/core/test/execute/world/vertex-world.ts';

/** `AIVM_HISTORIES=1000` for the long run. */
const HISTORIES = Number(process.env.AIVM_HISTORIES ?? 40);
const STEPS = 8;
const TIMEOUT_MS = 30_000 + HISTORIES * 15_000;

it(
  `${HISTORIES} random histories have the same roots as blocks and as vertices, in TypeScript and in WebAssembly`,
  () => {
    const total: VertexCounts = { blocks: 0, vertices: 0, executed: 0, leftOut: 0, reordered: 0 };
    const wasm = createWasmBackend();
    installCrypto();
    fc.assert(
      fc.property(steps(STEPS), fc.nat(), (sequence, seed) => {
        const world = new VertexWorld(wasm, diceOf(seed));
        world.begin();
        for (const step of [...sequence, { seconds: 500, commands: [] }]) world.run(step);
        for (const name of Object.keys(total) as (keyof VertexCounts)[]) total[name] += world.counts[name];
      }),
      { numRuns: HISTORIES, endOnFailure: true },
    );
    // The histories reach what they are about.
    expect(total.blocks).toBe(HISTORIES * (STEPS + 3));
    const perHistory = Object.entries(total).map(([name, count]) => [name, count / HISTORIES] as const);
    for (const [name, count] of perHistory) expect([name, count > 0.25]).toEqual([name, true]);
    process.stdout.write(`${JSON.stringify(total)}\n`);
  },
  TIMEOUT_MS,
);
