import type { ErrorCode } from '@aivm/core/errors';
import { SCENARIOS } from '../scenarios/registry.ts';
import type { Counts } from './tally.ts';

/** Kinds of actors that a whole batch must have seen doing something: every file of `actors/` that makes one. */
export const ACTOR_KINDS = [
  'attested-provider',
  'careless-proposer',
  'censor',
  'colluding-majority',
  'colluding-minority',
  'committee-reroller',
  'copying-provider',
  'crash-fault',
  'expired-evidence',
  'fast-block-maker',
  'foreign-evidence',
  'forger',
  'free-queue-blocker',
  'griefing-watcher',
  'honest-provider',
  'last-block-mover',
  'lazy-provider',
  'meddler',
  'never-committing',
  'partition-fault',
  'queue-filler',
  'random-provider',
  'redundancy-cartel',
  'reorg-fault',
  'replayed-evidence',
  'requester',
  'revoked-machine',
  'self-accuser',
  'self-challenging-watcher',
  'shared-device',
  'software-pretender',
  'spammer',
  'stale-collateral',
  'sybil-challengers',
  'table-grinder',
  'tee-liar',
  'unbond-racer',
  'vertex-producers',
  'wash-farmer',
  'watcher',
  'withholding-reveal',
  'wrong-session-key',
] as const;

/** Ends of tasks, seats, challenges and providers that a whole batch must have seen. */
export const OUTCOMES = [
  'anchor',
  'challenge/rejected',
  'challenge/upheld',
  'conviction',
  'epoch',
  'model/license',
  'model/registered',
  'model/transferred',
  'model/weights',
  'provider/registered',
  'provider/unbonding',
  'provider/updated',
  'provider/withdrawn',
  'receipt',
  'seat/absent',
  'seat/committed',
  'seat/divergent',
  'seat/drawn',
  'seat/revealed',
  'seat/withheld',
  'task/assigned',
  'task/cancelled',
  'task/challenge_upheld',
  'task/deadline',
  'task/disputed',
  'task/final',
  'task/no_majority',
  'task/panel_drawn',
  'task/posted',
  'task/provider_error',
  'task/provider_slashed',
  'task/revealing',
  'task/submitted',
  'task/timeout',
  'task/undecided',
] as const;

/**
 * Codes of refusals, in pools and in blocks, that a whole batch must have met. Every code there is stands here or in
 * ELSEWHERE; a test holds the two to it.
 */
export const CODES = [
  'admission_too_dear',
  'already_drawn',
  'already_known',
  'bad_signature',
  'bond_reserved',
  'duplicate',
  'expired',
  'fee_too_high',
  'fee_too_low',
  'forbidden',
  'id_taken',
  'insufficient_balance',
  'insufficient_bond',
  'invalid_input',
  'invalid_task',
  'malformed',
  'nonce_gap',
  'nonce_too_low',
  'not_found',
  'not_supported',
  'not_verifiable',
  'out_of_range',
  'pool_full',
  'provider_limit',
  'provider_not_found',
  'provider_slashed',
  'queue_full',
  'replacement_underpriced',
  'stale_facts',
  'table_full',
  'task_not_found',
  'too_early',
  'too_large',
  'too_late',
  'unknown_model',
  'wrong_chain',
  'wrong_state',
] as const satisfies readonly ErrorCode[];

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
