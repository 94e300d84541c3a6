import type { Actor } from '../actors/actor.ts';
import { attestedProvider } from '../actors/attestation/attested-provider.ts';
import { expiredEvidence } from '../actors/attestation/expired-evidence.ts';
import { foreignEvidence } from '../actors/attestation/foreign-evidence.ts';
import { replayedEvidence } from '../actors/attestation/replayed-evidence.ts';
import { revokedMachine } from '../actors/attestation/revoked-machine.ts';
import { sharedDevice } from '../actors/attestation/shared-device.ts';
import { softwarePretender } from '../actors/attestation/software-pretender.ts';
import { staleCollateral } from '../actors/attestation/stale-collateral.ts';
import { teeLiar } from '../actors/attestation/tee-liar.ts';
import { wrongSessionKey } from '../actors/attestation/wrong-session-key.ts';
import { carelessProposer } from '../actors/careless-proposer.ts';
import { honestProvider } from '../actors/honest-provider.ts';
import { requester } from '../actors/requester.ts';
import { watcher } from '../actors/watcher.ts';
import type { Random } from '../world/random.ts';

/** Who meets on a chain with attested providers: two honest ones, one without hardware, and everybody who cheats. */
export const attestedCast = (random: Random): readonly Actor[] => [
  attestedProvider('a-1'),
  attestedProvider('a-2'),
  honestProvider('h-1'),
  requester({ name: 'r-1', per100Rounds: random.between(32, 42), opaquePerMille: 150 }),
  watcher('w-1'),
  carelessProposer(150),
  teeLiar('liar-1', random.between(1, 4)),
  replayedEvidence('replay-1'),
  expiredEvidence('expired-1'),
  foreignEvidence('foreign-1'),
  revokedMachine('revoked-1'),
  sharedDevice('shared-1'),
  softwarePretender('software-1'),
  wrongSessionKey('session-1'),
  staleCollateral('stale-1'),
];
