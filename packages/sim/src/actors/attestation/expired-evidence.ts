import { machineOf } from '../../world/hardware.ts';
import { SIM_TIMESTAMP } from '../../world/sim-chain.ts';
import type { Actor } from '../actor.ts';
import { attempt } from './attempt.ts';
import type { SubmitAttestation } from './attestor.ts';
import { cheat } from './cheat.ts';

/** Seconds after genesis at which the machine's certificate ends. */
const CERTIFIED_SECONDS = 45;
/** Blocks after which evidence answers no recent block on any simulated chain. */
const STALE_BLOCKS = 32;

/** Attests while its certificate lasts, and goes on when it has ended; and keeps evidence for later until it is old. */
export function expiredEvidence(id: string): Actor {
  const machine = machineOf(id, CERTIFIED_SECONDS);
  let kept: SubmitAttestation | undefined;
  return cheat({
    kind: 'expired-evidence',
    id,
    machine,
    tries: ({ view, me, attestor, turn }) => {
      if (view.timestamp <= SIM_TIMESTAMP + CERTIFIED_SECONDS) {
        if (!attestor.isAttested(view, me)) view.submit(me, attestor.operation(view, me));
        return true;
      }
      kept ??= attestor.operation(view, me);
      if (turn % 2 === 0) attempt(view, me, 'certificate', attestor.operation(view, me));
      else if (view.head.height - kept.nonceHeight < STALE_BLOCKS) return false;
      else {
        attempt(view, me, 'old-block', kept);
        kept = attestor.operation(view, me);
      }
      return true;
    },
  });
}
