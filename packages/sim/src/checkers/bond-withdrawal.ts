import type { CreateChecker } from './checker.ts';
import { Obligations } from './obligations.ts';

/** A bond leaves only after its wait and when nothing it answers for is open: a bond that can run away is no bond. */
export const createBondWithdrawalChecker: CreateChecker = ({ genesis: { params }, fail }) => {
  const obligations = new Obligations();
  const unbondingSince = new Map<string, number>();
  return {
    name: 'bond-withdrawal',
    onBlock(block) {
      const { height, outcomes } = block;
      obligations.apply(block);
      // Timers and draws come before transactions, and nothing reserves in the block of a withdrawal after it.
      for (const event of block.events) {
        if (event.kind !== 'provider' || event.change !== 'withdrawn') continue;
        const held = obligations.of(event.provider);
        if (held !== 0n)
          fail(`height ${height}: the bond of ${event.provider} left under ${held} of open work`);
      }
      for (const [i, { operation }] of block.block.transactions.entries()) {
        if (outcomes[i]?.code !== '') continue;
        if (operation.kind === 'beginUnbond') unbondingSince.set(operation.id, height);
        if (operation.kind !== 'withdrawBond') continue;
        const since = unbondingSince.get(operation.id);
        if (since === undefined || height < since + params.unbondBlocks) {
          fail(`height ${height}: the bond of ${operation.id}, unbonding since ${since}, has left`);
        }
      }
    },
  };
};
