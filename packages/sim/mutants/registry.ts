import { agreementMutants } from './agreement.ts';
import { anchorsMutants } from './anchors.ts';
import { attestationMutants } from './attestation.ts';
import { bondWithdrawalMutants } from './bond-withdrawal.ts';
import { commitRevealMutants } from './commit-reveal.ts';
import { durabilityMutants } from './durability.ts';
import { errorVotesMutants } from './error-votes.ts';
import { falseResultMutants } from './false-result.ts';
import { finalityMutants } from './finality.ts';
import { forfeitureMutants } from './forfeiture.ts';
import { honestChallengerMutants } from './honest-challenger.ts';
import { honestCoinsMutants } from './honest-coins.ts';
import { honestProviderMutants } from './honest-provider.ts';
import { lanesMutants } from './lanes.ts';
import { leftoversMutants } from './leftovers.ts';
import { lotteryMutants } from './lottery.ts';
import { mintingMutants } from './minting.ts';
import type { CheckerMutants } from './mutant.ts';
import { oneOutcomeMutants } from './one-outcome.ts';
import { panelTermsMutants } from './panel-terms.ts';
import { programsMutants } from './programs.ts';
import { queueMutants } from './queue.ts';
import { receiptsMutants } from './receipts.ts';
import { replayMutants } from './replay.ts';
import { rewardClaimsMutants } from './reward-claims.ts';
import { selfAccusationMutants } from './self-accusation.ts';
import { supplyMutants } from './supply.ts';
import { verticesMutants } from './vertices.ts';
import { windowsMutants } from './windows.ts';
import { workBoundMutants } from './work-bound.ts';

/** Every mutant, by checker in the order of the checkers. */
export const MUTANTS: readonly CheckerMutants[] = [
  supplyMutants,
  mintingMutants,
  finalityMutants,
  oneOutcomeMutants,
  leftoversMutants,
  honestProviderMutants,
  honestChallengerMutants,
  falseResultMutants,
  commitRevealMutants,
  bondWithdrawalMutants,
  forfeitureMutants,
  selfAccusationMutants,
  rewardClaimsMutants,
  receiptsMutants,
  anchorsMutants,
  replayMutants,
  agreementMutants,
  verticesMutants,
  durabilityMutants,
  workBoundMutants,
  attestationMutants,
  windowsMutants,
  honestCoinsMutants,
  lanesMutants,
  programsMutants,
  lotteryMutants,
  panelTermsMutants,
  errorVotesMutants,
  queueMutants,
];
