import { SCENARIOS } from '../scenarios/registry.ts';
import type { Counts } from './tally.ts';

/** Kinds of actors that a whole batch must have seen doing something: every file of `actors/` that makes one. */
export const ACTOR_KINDS = [
  'careless-proposer',
  'censor',
  'colluding-majority',
  'colluding-minority',
  'committee-reroller',
  'copying-provider',
  'crash-fault',
  'fast-block-maker',
  'forger',
  'free-queue-blocker',
  'griefing-watcher',
  'honest-provider',
  'last-block-mover',
  'lazy-provider',
  'never-committing',
  'partition-fault',
  'queue-filler',
  'random-provider',
  'redundancy-cartel',
  'reorg-fault',
  'requester',
  'self-accuser',
  'self-challenging-watcher',
  'spammer',
  'sybil-challengers',
  'table-grinder',
  'unbond-racer',
  'wash-farmer',
  'watcher',
  'withholding-reveal',
] as const;

/** Ends of tasks, seats, challenges and providers that a whole batch must have seen. */
export const OUTCOMES = [
  'anchor',
  'challenge/upheld',
  'conviction',
  'epoch',
  'receipt',
  'seat/revealed',
  'task/challenge_upheld',
  'task/final',
] as const;

/** Codes of refusals that a whole batch must have met. */
export const CODES = ['duplicate', 'provider_slashed'] as const;

/** What of the above a batch never met, as "group/name". */
export function missingFrom(met: {
  readonly runsByScenario: Readonly<Counts>;
  readonly runsByActor: Readonly<Counts>;
  readonly outcomes: Readonly<Counts>;
  readonly codes: Readonly<Counts>;
}): readonly string[] {
  const missing = (group: string, names: readonly string[], counts: Readonly<Counts>): string[] =>
    names.filter((name) => (counts[name] ?? 0) === 0).map((name) => `${group}/${name}`);
  return [
    ...missing(
      'scenario',
      SCENARIOS.map(({ name }) => name),
      met.runsByScenario,
    ),
    ...missing('actor', ACTOR_KINDS, met.runsByActor),
    ...missing('outcome', OUTCOMES, met.outcomes),
    ...missing('code', CODES, met.codes),
  ];
}
