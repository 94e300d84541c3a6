import { type CheckerMutants, EXECUTE } from './mutant.ts';

export const rewardClaimsMutants: CheckerMutants = {
  checker: 'reward-claims',
  mutants: [
    {
      name: 'reward-claims-twice',
      fault: 'a claim leaves what it paid claimable',
      edits: [
        {
          file: `${EXECUTE}/economy/rewards.ts`,
          old: `    rewardsClaimable: 0n,
    rewardsClaimed: provider`,
          new: '    rewardsClaimed: provider',
        },
      ],
      scenario: 'market',
      seed: 11,
    },
    {
      name: 'reward-claims-anybody',
      fault: 'anybody may have the rewards of a provider paid out',
      edits: [
        {
          file: `${EXECUTE}/operations/claim-rewards.ts`,
          old: 'equalBytes(provider.operator, sender) || equalBytes(provider.wallet, sender),',
          new: 'equalBytes(provider.operator, sender) || sender.length === 20,',
        },
      ],
      scenario: 'crowd',
      seed: 11,
    },
    {
      name: 'reward-claims-each-all',
      fault: 'every winner of a redundant task accrues all that it burned',
      edits: [
        {
          file: `${EXECUTE}/settlement/complete.ts`,
          old: 'accrueReward(context, completion, burned / BigInt(by.length));',
          new: 'accrueReward(context, completion, burned);',
        },
      ],
      scenario: 'panels',
      seed: 11,
      says: 'accrued',
    },
  ],
};
