import type { WdbcRow } from 'aivm';
import { DEMO_FEE } from '../story/cast.ts';
import {
  type DemoConviction,
  type DemoOutcome,
  type DemoSupply,
  type DemoTask,
  judgeAnswers,
} from '../story/demo-outcome.ts';
import type { SeatCounts } from './follow-panels.ts';
import { REDUNDANT_CAST } from './redundant-cast.ts';

/** How a provider stands at the end. */
export interface ProviderStanding {
  readonly id: string;
  readonly state: string;
  readonly bond: bigint;
  readonly reserved: bigint;
  /** 0…100 */
  readonly reputation: number;
}

/** Everything that the redundant demo has to tell at its end. */
export interface RedundantOutcome {
  readonly rows: readonly WdbcRow[];
  readonly tasks: readonly DemoTask[];
  readonly convictions: readonly DemoConviction[];
  readonly seats: SeatCounts;
  /** What each provider staked at the beginning. */
  readonly bond: bigint;
  readonly providers: readonly ProviderStanding[];
  /** By task: with which code the chain refused the reveal of a copied commitment; empty where it took it. */
  readonly copies: ReadonlyMap<string, string>;
  readonly supply: DemoSupply;
  readonly receipt: DemoOutcome['receipt'];
  readonly height: number;
  readonly elapsedMs: number;
}

/** What the outcome is worth. */
export interface RedundantVerdict extends ReturnType<typeof judgeAnswers> {
  readonly failures: readonly string[];
}

/** A withheld reveal burns this many fees. */
const PENALTY_MULTIPLE = 10n;
const REPUTATION_START = 50;
/** What never committing or never revealing takes, of 100. */
const REPUTATION_STEP = 5;

const countOf = ({ seats }: RedundantOutcome, id: string, change: string): number =>
  seats.get(id)?.get(change) ?? 0;

const standingOf = ({ providers }: RedundantOutcome, id: string): ProviderStanding | undefined =>
  providers.find((provider) => provider.id === id);

function judgeLiar(outcome: RedundantOutcome): string[] {
  const { id } = REDUNDANT_CAST.liar;
  const [conviction, ...others] = outcome.convictions;
  if (conviction?.provider !== id) return ['the liar was not convicted'];
  const failures: string[] = [];
  if (others.length > 0) failures.push(`${others.length} more were convicted`);
  if (conviction.forfeited !== outcome.bond || conviction.burned !== outcome.bond) {
    failures.push("the liar's bond was not burned in full");
  }
  if (standingOf(outcome, id)?.state !== 'slashed') failures.push('the liar is not slashed');
  return failures;
}

/** A member that commits and never reveals pays ten fees each time, one that never commits pays one. */
function judgeSilent(outcome: RedundantOutcome, id: string, change: 'withheld' | 'absent'): string[] {
  const times = countOf(outcome, id, change);
  const standing = standingOf(outcome, id);
  if (times === 0 || standing === undefined) return [`${id} was never found ${change}`];
  const fees =
    BigInt(countOf(outcome, id, 'withheld')) * PENALTY_MULTIPLE + BigInt(countOf(outcome, id, 'absent'));
  const penalties = fees * DEMO_FEE;
  const failures: string[] = [];
  if (standing.bond !== outcome.bond - penalties) {
    failures.push(`${id} has a bond of ${standing.bond}, not ${outcome.bond - penalties}`);
  }
  const faults = countOf(outcome, id, 'withheld') + countOf(outcome, id, 'absent');
  const reputation = Math.max(0, REPUTATION_START - REPUTATION_STEP * faults);
  if (standing.reputation !== reputation) {
    failures.push(`${id} has a reputation of ${standing.reputation}, not ${reputation}`);
  }
  if (countOf(outcome, id, 'revealed') > 0) failures.push(`a reveal of ${id} was taken`);
  return failures;
}

function judgeCopies({ copies }: RedundantOutcome): string[] {
  const codes = [...copies.values()];
  // On a busy machine some come behind the end of their panel, which says nothing about copying.
  const odd = codes.filter((code) => code !== 'invalid_input' && code !== 'too_late');
  if (odd.length > 0) return [`reveals of copied commitments ended as: ${odd.join(', ')}`];
  return codes.includes('invalid_input') ? [] : ['no reveal of a copied commitment was tried in time'];
}

function judgeHonest(outcome: RedundantOutcome): string[] {
  return REDUNDANT_CAST.honest.flatMap(({ id }) => {
    const standing = standingOf(outcome, id);
    const faults = ['withheld', 'absent', 'divergent'].filter((change) => countOf(outcome, id, change) > 0);
    if (standing?.state !== 'active' || standing.bond !== outcome.bond) return [`${id} lost money`];
    return faults.map((fault) => `${id} was found ${fault}`);
  });
}

/** Compares answers with the expected ones, which the demo did not compute, and punishments with the rules. */
export function judgeRedundantOutcome(outcome: RedundantOutcome): RedundantVerdict {
  const answers = judgeAnswers(outcome);
  const { absent, withholder, copier } = REDUNDANT_CAST;
  const failures = [
    ...answers.failures,
    ...judgeLiar(outcome),
    ...judgeSilent(outcome, absent.id, 'absent'),
    ...judgeSilent(outcome, withholder.id, 'withheld'),
    ...judgeSilent(outcome, copier.id, 'withheld'),
    ...judgeCopies(outcome),
    ...judgeHonest(outcome),
  ];
  if (outcome.tasks.some(({ provider }) => !provider.startsWith('honest-'))) {
    failures.push('somebody dishonest stands as the author of an answer');
  }
  if (outcome.providers.some(({ reserved }) => reserved !== 0n)) failures.push('bonds are still reserved');
  if (!outcome.supply.balanced) failures.push('the books do not balance');
  if (outcome.receipt?.isValid !== true) failures.push('no receipt could be verified offline');
  return { ...answers, failures };
}
