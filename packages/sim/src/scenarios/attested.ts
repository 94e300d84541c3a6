import { ModeTEEAttested } from '@aivm/core/state';
import { attestationGenesis } from '../world/hardware.ts';
import { CALM } from '../world/network.ts';
import { attestedCast } from './attested-cast.ts';
import type { Scenario } from './scenario.ts';

/** Attested answers are usable at once and final sooner; one chain in four admits nobody without an attestation. */
export const attested: Scenario = {
  name: 'attested',
  summary:
    'a TEE-attested chain with real attested providers, one that lies, and every way to cheat with evidence',
  plan: (random) => ({
    config: {
      verificationMode: ModeTEEAttested,
      challengeWindowBlocks: random.between(8, 14),
      attestationTimeout: '20s',
      requireTEEAttestation: random.chance(250),
    },
    // Many providers: with a heartbeat of each in every 16 blocks a third of all transactions would be those.
    params: { heartbeatBlocks: 32 },
    attestation: attestationGenesis(random.between(70, 100)),
    nodeCount: 2,
    conditions: CALM,
    guarantees: { watched: true, timely: true },
    actors: attestedCast(random),
  }),
};
