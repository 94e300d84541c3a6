import { attestationGenesis } from '../world/hardware.ts';
import { CALM } from '../world/network.ts';
import { attestedCast } from './attested-cast.ts';
import type { Scenario } from './scenario.ts';

/** Hardware shortens a window here too, but no answer may be relied on before it is final. */
export const attestedOptimistic: Scenario = {
  name: 'attested-optimistic',
  summary: 'the same providers and cheats on an optimistic chain, where nothing is usable before it is final',
  plan: (random) => ({
    config: { challengeWindowBlocks: random.between(8, 14), attestationTimeout: '20s' },
    // Many providers: with a heartbeat of each in every 16 blocks a third of all transactions would be those.
    params: { heartbeatBlocks: 32 },
    attestation: attestationGenesis(random.between(70, 100)),
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: attestedCast(random),
  }),
};
