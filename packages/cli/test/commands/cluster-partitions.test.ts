import { describe, expect, it } from 'vitest';
import { whyNoNamespaces } from '../../scripts/soak/network-namespaces.ts';
import { playPartitions } from '../../scripts/soak/partitions.ts';
import { findEngine } from '../../src/cluster/find-engine.ts';

const engine = await findEngine(undefined, process.env).catch(() => undefined);
const why = engine === undefined ? 'cometbft is not installed' : await whyNoNamespaces();
if (why !== undefined) console.log(`skipped: ${why}`);

describe.skipIf(why !== undefined)('a network that is cut', () => {
  it('stops in halves, goes on with three of four, and is one again', async () => {
    const result = await playPartitions({
      halvesMs: 5_000,
      blocksWithoutOne: 5,
      patienceMs: 240_000,
      report: () => undefined,
    });
    expect(result.problems).toEqual([]);
    expect(result.payments).toBe(4);
    expect(result.withoutOne.after[0]).toBeGreaterThan(Number(result.withoutOne.after[3]) + 4);
  }, 600_000);
});
