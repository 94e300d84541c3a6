import { parseGenesis } from '@aivm/core/execute';
import { describe, expect, it } from 'vitest';
import { createDemoGenesis, demoWindowBlocks } from '../../src/story/demo-genesis.ts';

describe("the demo's challenge window", () => {
  it.each([
    [1, 5_000],
    [20, 250],
    [49, 103],
    [50, 100],
    [1_000, 100],
  ])(
    'is with blocks of %i ms %i blocks: never less than 100, nor than five seconds',
    (blockTimeMs, blocks) => {
      expect(demoWindowBlocks(blockTimeMs)).toBe(blocks);
      expect(blocks * blockTimeMs).toBeGreaterThanOrEqual(5_000);
      const text = createDemoGenesis({ timestamp: 1_700_000_000, blockTimeMs, funded: [] });
      expect(parseGenesis(JSON.parse(text)).config.challengeWindowBlocks).toBe(BigInt(blocks));
    },
  );
});
