import { equalBytes } from '@aivm/core/bytes';
import { machineOf } from '../../world/hardware.ts';
import { identityOf } from '../../world/identity.ts';
import type { Actor, View } from '../actor.ts';
import { attempt } from './attempt.ts';
import { attestationOf, type SubmitAttestation } from './attestor.ts';
import { cheat } from './cheat.ts';

/** Shows evidence that answers another request: another operator's, another chain's, another block's, another key's. */
export function foreignEvidence(id: string): Actor {
  const machine = machineOf(id);
  let stolen: SubmitAttestation | undefined;
  let past: View['head'] | undefined;
  const self = cheat({
    kind: 'foreign-evidence',
    id,
    machine,
    tries: ({ view, me, attestor, turn }) => {
      const { address: operator } = me;
      const { address: sessionKey } = attestor.session;
      const request = { operator, sessionKey };
      const make = (more: Partial<Parameters<typeof attestationOf>[3]>) =>
        attestationOf(view, id, machine, { ...request, ...more });
      if (past === undefined || past.height === view.head.height) {
        past = view.head;
        return false;
      }
      const variant = turn % 4;
      if (variant === 0) {
        if (stolen === undefined) return true;
        attempt(view, me, 'operator', { ...stolen, provider: id });
      } else if (variant === 1) attempt(view, me, 'chain', make({ chainId: view.chainId + 1n }));
      else if (variant === 2) attempt(view, me, 'block', make({ blockId: past.id }));
      else {
        const other = identityOf(`session/${id}/other`).address;
        attempt(view, me, 'key', { ...make({ sessionKey: other }), sessionKey });
      }
      past = view.head;
      return true;
    },
  });
  return {
    ...self,
    act(view) {
      for (const { tx, code } of view.transactions) {
        const isOwn = self.identities.some(({ address }) => equalBytes(address, tx.sender));
        if (tx.operation.kind === 'submitAttestation' && code === '' && !isOwn) stolen = tx.operation;
      }
      self.act?.(view);
    },
  };
}
