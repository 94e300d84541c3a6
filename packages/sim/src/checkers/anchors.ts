import { equalBytes, ZERO_32 } from '@aivm/core/bytes';
import type { CreateChecker } from './checker.ts';

/** Every anchor extends the last one and commits to the receipts of its block: other chains follow this thread. */
export const createAnchorsChecker: CreateChecker = ({ genesis: { config }, fail }) => {
  let last: Uint8Array = ZERO_32;
  let next = 0n;
  return {
    name: 'anchors',
    onBlock({ height, block, events }) {
      let made = 0;
      for (const event of events) {
        if (event.kind !== 'anchor') continue;
        made += 1;
        if (!equalBytes(event.parentRoot, last))
          fail(`height ${height}: anchor ${event.number} extends another`);
        if (event.number !== next) fail(`height ${height}: anchor ${event.number} comes after ${next - 1n}`);
        if (!equalBytes(event.commitRoot, block.header.receiptsRoot))
          fail(`height ${height}: a foreign root`);
        last = event.commitRoot;
        next += 1n;
      }
      // No simulated epoch is so long that its list of anchors is full, so none may be missing either.
      const due = height % config.merkleAnchorFreq === 0 ? 1 : 0;
      if (made !== due) fail(`height ${height}: ${made} anchors, ${due} due`);
    },
  };
};
