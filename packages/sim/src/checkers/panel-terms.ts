import { bytesToHex } from '@aivm/core/bytes';
import { CheckClass, PanelKind, Settlement, type TaskRecord, Vote } from '@aivm/core/state';
import type { CreateChecker, ObservedBlock } from './checker.ts';
import { named } from './own-encoding.ts';

const SEATS = { least: 3, most: 15 } as const;

const majorityOf = (n: number): number => (n + 1) / 2;

/** Who showed which output of a task, read from the reveals that took effect. */
class Reveals {
  readonly #byTask = new Map<string, Map<string, string>>();

  apply({ block, outcomes }: ObservedBlock): void {
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'revealResult' || outcomes[i]?.code !== '') continue;
      const { taskId, provider, vote, output } = operation;
      const said = this.#byTask.get(taskId) ?? new Map<string, string>();
      this.#byTask.set(
        taskId,
        said.set(provider, vote === Vote.output ? bytesToHex(named('Output', output)) : ''),
      );
    }
  }

  agreeing({ id, outputHash }: TaskRecord): number {
    const hex = bytesToHex(outputHash);
    return [...(this.#byTask.get(id)?.values() ?? [])].filter((said) => said === hex).length;
  }
}

/**
 * A panel has an odd number of seats from three to fifteen, and decides by more than half of them: with one seat, or with a
 * majority that somebody chooses, a redundant receipt is one provider's word or one provider's veto.
 */
export const createPanelTermsChecker: CreateChecker = ({ genesis: { config }, fail }) => {
  const reveals = new Reveals();
  return {
    name: 'panel-terms',
    onBlock(block) {
      const { height, changes } = block;
      reveals.apply(block);
      for (const { before, after } of changes.panel) {
        if (before !== undefined || after === undefined) continue;
        const { taskId, kind, m, n } = after;
        const isOdd = n % 2 === 1 && n >= SEATS.least && n <= SEATS.most;
        if (!isOdd || m !== majorityOf(n)) fail(`height ${height}: a panel of ${m} of ${n} for ${taskId}`);
        if (kind === PanelKind.committee && n !== 2 * config.redundancyFactor - 1)
          fail(`height ${height}: a committee of ${n} seats for ${taskId}`);
      }
      for (const { before, after } of changes.task) {
        if (after === undefined || after.n === 0 || after.settlement !== Settlement.final) continue;
        if (before?.settlement === Settlement.final || after.checkClass === CheckClass.int8Kernel) continue;
        const agreeing = reveals.agreeing(after);
        if (agreeing < majorityOf(after.n))
          fail(`height ${height}: ${after.id} is final by ${agreeing} of ${after.n} seats`);
      }
    },
  };
};
