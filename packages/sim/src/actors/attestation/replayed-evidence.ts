import { concatBytes } from '@aivm/core/bytes';
import { ecKey, flipS, withSignature } from '@aivm/test-authority';
import { machineOf } from '../../world/hardware.ts';
import type { Actor } from '../actor.ts';
import { attempt } from './attempt.ts';
import type { SubmitAttestation } from './attestor.ts';
import { cheat } from './cheat.ts';

/** Where a report has r and s, little-endian, and how long they are. */
const R = 0x2a0;
const S = 0x2e8;
const SCALAR_BYTES = 48;

/** The same report with its other signature: s replaced by n − s, which verifies as well. */
function otherSignature(operation: SubmitAttestation): SubmitAttestation {
  const processors = operation.processors.map((processor) => {
    const scalar = (at: number) => processor.report.slice(at, at + SCALAR_BYTES).reverse();
    const flipped = flipS(concatBytes(scalar(R), scalar(S)), ecKey('p384', 'snp leaf').order);
    return { ...processor, report: withSignature(processor.report, flipped) };
  });
  return { ...operation, processors };
}

/** Attests rightly once in a while, and shows the same evidence again and again, with either of its two signatures. */
export function replayedEvidence(id: string): Actor {
  let shown: SubmitAttestation | undefined;
  return cheat({
    kind: 'replayed-evidence',
    id,
    machine: machineOf(id),
    tries: ({ view, me, attestor, turn }) => {
      if (shown === undefined || turn % 8 === 0) {
        if (attestor.isAttested(view, me)) return true;
        shown = attestor.operation(view, me);
        view.submit(me, shown);
        return true;
      }
      // What was not taken into a block may still be on its way, and is no replay.
      if (!attestor.isAttested(view, me) && view.head.height - shown.nonceHeight < 30) return false;
      if (turn % 2 === 0) attempt(view, me, 'same', shown);
      else attempt(view, me, 'other-signature', otherSignature(shown));
      return true;
    },
  });
}
