import { bytesToHex } from '@aivm/core';
import type { CreateChecker, ObservedBlock } from './checker.ts';

/**
 * Nobody gains by accusing, or convicting, himself through a second account: whoever did could turn bonds that answer
 * for his lies into his own reward.
 */
export const createSelfAccusationChecker: CreateChecker = ({ cast, fail }) => {
  /** By how much the accounts and bonds of one person grew in a block. */
  const gainOf = ({ changes }: ObservedBlock, one: Uint8Array): bigint => {
    let gain = 0n;
    for (const { hex, before, after } of changes.account) {
      const address = Uint8Array.from(hex.slice(2).match(/../g) ?? [], (code) => Number.parseInt(code, 16));
      if (cast.isSamePerson(one, address)) gain += (after?.balance ?? 0n) - (before?.balance ?? 0n);
    }
    for (const { before, after } of changes.provider) {
      if (after !== undefined && cast.isSamePerson(one, after.operator))
        gain += after.bond - (before?.bond ?? 0n);
    }
    return gain;
  };
  /** What came to that person in the block by other ways: fees of his final tasks, escrow and rewards back. */
  const incomeOf = ({ changes }: ObservedBlock): bigint => {
    let income = 0n;
    for (const { before, after } of changes.task) {
      income +=
        (before?.escrow ?? 0n) > (after?.escrow ?? 0n) ? (before?.escrow ?? 0n) - (after?.escrow ?? 0n) : 0n;
    }
    for (const { before, after } of changes.provider) {
      income += (after?.rewardsClaimed ?? 0n) - (before?.rewardsClaimed ?? 0n);
    }
    for (const { before, after } of changes.dispute) {
      if (after === undefined && before !== undefined) income += before.bond + before.prepaid;
    }
    return income;
  };
  return {
    name: 'self-accusation',
    onBlock(block) {
      for (const event of block.events) {
        if (event.kind !== 'conviction' || !cast.isSamePerson(event.operator, event.challenger)) continue;
        const gain = gainOf(block, event.challenger);
        if (event.rewarded >= event.forfeited || gain > incomeOf(block)) {
          fail(
            `height ${block.height}: ${bytesToHex(event.challenger)} gained ${gain} by convicting himself`,
          );
        }
      }
    },
  };
};
