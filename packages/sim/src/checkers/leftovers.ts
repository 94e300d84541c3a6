import { readProvider, TaskStatus } from '@aivm/core/state';
import type { CreateChecker } from './checker.ts';
import { Obligations } from './obligations.ts';

/**
 * Once a task has ended nothing of it is locked any more, and a bond holds exactly what its open work asks for: what
 * is left over is money that nobody can ever have, what is missing is a lie that nothing answers for.
 */
export const createLeftoversChecker: CreateChecker = ({ mirror, fail }) => {
  const obligations = new Obligations();
  return {
    name: 'leftovers',
    onBlock(block) {
      const touched = new Set(obligations.apply(block));
      for (const { after } of block.changes.task) {
        if (after === undefined || after.status < TaskStatus.completed) continue;
        if (after.escrow !== 0n || after.reservation !== 0n) {
          fail(`task ${after.id} ended with escrow ${after.escrow} and reservation ${after.reservation}`);
        }
      }
      for (const { after } of block.changes.provider) if (after !== undefined) touched.add(after.id);
      for (const id of touched) {
        const reserved = readProvider(mirror, id)?.reserved ?? 0n;
        if (reserved !== obligations.of(id)) {
          fail(
            `height ${block.height}: provider ${id} has ${reserved} reserved, its work asks for ${obligations.of(id)}`,
          );
        }
      }
    },
    onEnd() {
      for (const { id, reserved, assigned, seats, openResults } of mirror.all('provider')) {
        if (reserved === 0n && assigned.length + seats.length === 0 && openResults === 0) continue;
        fail(
          `provider ${id} keeps ${reserved} reserved, ${assigned.length} assigned, ${seats.length} seats, ${openResults} open`,
        );
      }
      const kinds = ['panel', 'seat', 'dispute'] as const;
      for (const kind of kinds)
        if (mirror.all(kind).length > 0) fail(`${mirror.all(kind).length} of ${kind} are left`);
    },
  };
};
