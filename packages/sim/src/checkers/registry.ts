import { createAgreementChecker } from './agreement.ts';
import { createAnchorsChecker } from './anchors.ts';
import { createAttestationChecker } from './attestation.ts';
import { createBondWithdrawalChecker } from './bond-withdrawal.ts';
import type { CreateChecker } from './checker.ts';
import { createCommitRevealChecker } from './commit-reveal.ts';
import { createDurabilityChecker } from './durability.ts';
import { createErrorVotesChecker } from './error-votes.ts';
import { createFalseResultChecker } from './false-result.ts';
import { createFinalityChecker } from './finality.ts';
import { createForfeitureChecker } from './forfeiture.ts';
import { createHonestChallengerChecker } from './honest-challenger.ts';
import { createHonestCoinsChecker } from './honest-coins.ts';
import { createHonestProviderChecker } from './honest-provider.ts';
import { createLanesChecker } from './lanes.ts';
import { createLeftoversChecker } from './leftovers.ts';
import { createLotteryChecker } from './lottery.ts';
import { createMintingChecker } from './minting.ts';
import { createOneOutcomeChecker } from './one-outcome.ts';
import { createPanelTermsChecker } from './panel-terms.ts';
import { createProgramsChecker } from './programs.ts';
import { createQueueChecker } from './queue.ts';
import { createReceiptsChecker } from './receipts.ts';
import { createReplayChecker } from './replay.ts';
import { createRewardClaimsChecker } from './reward-claims.ts';
import { createSelfAccusationChecker } from './self-accusation.ts';
import { createSupplyChecker } from './supply.ts';
import { createVerticesChecker } from './vertices.ts';
import { createWindowsChecker } from './windows.ts';
import { createWorkBoundChecker } from './work-bound.ts';

/** Every checker by the name that a failure carries. */
export const CHECKERS: readonly (readonly [name: string, create: CreateChecker])[] = [
  ['supply', createSupplyChecker],
  ['minting', createMintingChecker],
  ['finality', createFinalityChecker],
  ['attestation', createAttestationChecker],
  ['windows', createWindowsChecker],
  ['one-outcome', createOneOutcomeChecker],
  ['leftovers', createLeftoversChecker],
  ['honest-provider', createHonestProviderChecker],
  ['honest-challenger', createHonestChallengerChecker],
  ['honest-coins', createHonestCoinsChecker],
  ['false-result', createFalseResultChecker],
  ['commit-reveal', createCommitRevealChecker],
  ['bond-withdrawal', createBondWithdrawalChecker],
  ['forfeiture', createForfeitureChecker],
  ['self-accusation', createSelfAccusationChecker],
  ['reward-claims', createRewardClaimsChecker],
  ['receipts', createReceiptsChecker],
  ['anchors', createAnchorsChecker],
  ['replay', createReplayChecker],
  ['agreement', createAgreementChecker],
  ['vertices', createVerticesChecker],
  ['durability', createDurabilityChecker],
  ['work-bound', createWorkBoundChecker],
  ['lanes', createLanesChecker],
  ['lottery', createLotteryChecker],
  ['panel-terms', createPanelTermsChecker],
  ['error-votes', createErrorVotesChecker],
  ['queue', createQueueChecker],
  ['programs', createProgramsChecker],
];
