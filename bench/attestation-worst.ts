import { noblePrimitives } from '@aivm/core/attestation';
import { nodePrimitives } from '@aivm/node';
import { makeWorstCases } from '@aivm/test-authority';

// The dearest input of everything that a chain verifies, against what the chain charges for it.
// Run with: npx tsx --conditions=aivm-source bench/attestation-worst.ts
// The least of many runs counts; "charge" is the charge divided by it, and should lie between 1 and 2 for noble.
const ROUNDS = 41;

function leastMs(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

for (const primitives of [noblePrimitives, nodePrimitives]) {
  for (const { name, work, verify } of makeWorstCases()) {
    const ms = leastMs(() => verify(primitives));
    const columns = [
      `${ms.toFixed(2)} ms`.padStart(10),
      `charged ${(work / 1e3).toFixed(1)} ms`.padStart(17),
    ];
    console.log(
      primitives.name.padEnd(12),
      name.padEnd(18),
      ...columns,
      `charge ${(work / 1e3 / ms).toFixed(1)}×`,
    );
  }
}
