import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const mintingMutants: CheckerMutants = {
  checker: 'minting',
  mutants: [
    {
      name: 'minting-wrong-divisor',
      fault: 'rewards are divided by the base weight instead of by the largest one',
      edits: [
        {
          file: `${EXECUTE}/economy/rewards.ts`,
          old: 'const reward = (burned * weight) / WEIGHT.whole;',
          new: 'const reward = (burned * weight) / WEIGHT.base;',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
    {
      name: 'minting-no-reset',
      fault: 'the sum of an epoch is carried into the next one',
      edits: [
        {
          file: `${EXECUTE}/economy/rewards.ts`,
          old: `    epochReward: 0n,
    epochReceipts: 0n,
  }));`,
          new: `    epochReceipts: 0n,
  }));`,
        },
      ],
      scenario: 'market',
      seed: 11,
    },
  ],
};
