import { describe, expect, it } from 'vitest';
import { playEvilNode } from './support/evil-node/play-evil-node.ts';

describe('workers on a node that lies', () => {
  it('live on, lose nothing, and convict the liar', { timeout: 300_000 }, async () => {
    const outcome = await playEvilNode({ seed: 7, changes: 60, oneIn: 8, timeoutMs: 240_000 });
    expect(outcome).toMatchObject({ ended: [], losses: [], faults: [] });
    expect(outcome.changes).toBeGreaterThanOrEqual(60);
    expect(outcome.tasks).toBeGreaterThan(0);
  });
});
