import type { OperationOf, Transaction } from '@aivm/core/tx';
import { identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';

/** Reads every pool and sends each challenge that it finds there again as its own, with as much at stake as is of use. */
export function challengeCopier(name: string): Actor {
  const me = identityOf(`copier/${name}`);
  const seen = new Set<string>();
  const found: OperationOf<'challenge'>[] = [];
  const read = ({ sender, operation }: Transaction): void => {
    if (operation.kind !== 'challenge' || sender.every((byte, i) => byte === me.address[i])) return;
    const key = `${operation.taskId}/${operation.attempt}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push(operation);
  };
  return {
    kind: 'challenge-copier',
    isHonest: false,
    identities: [me],
    disturb(cluster) {
      for (const node of cluster.reachable()) for (const tx of node.pending()) read(tx);
    },
    act(view) {
      for (const operation of found.splice(0)) {
        const bond = view.config.minProviderBond;
        const code = view.submit(me, { ...operation, bond });
        view.note(code === '' ? 'copy' : `copy-${code}`);
      }
    },
  };
}
