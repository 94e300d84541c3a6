import { AivmError, requireThat } from '../../errors/aivm-error.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import { SEATS_MAX } from '../../state/records/panel.ts';
import {
  ModeMultiPartyRedundant,
  ModeOptimistic,
  ModeTEEAttested,
  type VerificationMode,
} from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';

/** How a task will be settled. */
export interface TaskTerms {
  readonly mode: VerificationMode;
  /** 0 of 0 where one provider answers. */
  readonly m: number;
  readonly n: number;
  /** Providers that the fee is paid for: n, or 1. */
  readonly seats: number;
}

/** What a task asks for; zeros are the chain's defaults. */
export interface AskedTerms {
  readonly mode: number;
  readonly n: number;
}

/** Whether equal inputs give equal outputs, so that agreement means something. */
const isComparable = (model: ModelRecord): boolean => modelClassOf(model).isComparable(model);

/** The fewest seats of a panel: with one seat, agreement would be one provider's word. */
const SEATS_MIN = 3;

/**
 * Seats that decide: more than half. Derived, never chosen, because a wider majority sells vetoes: one seat of a
 * requester's own would void a panel of 5 of 5 whose answers are public by then.
 */
export const majorityOf = (n: number): number => Math.floor(n / 2) + 1;

/** Seats of a committee, and of a task that does not say: 2M − 1 for a redundancy factor M. */
export const panelSeats = ({ redundancyFactor }: Pick<BlockContext['config'], 'redundancyFactor'>): number =>
  2 * redundancyFactor - 1;

function panelSize({ config }: Pick<BlockContext, 'config'>, asked: AskedTerms): TaskTerms {
  const n = asked.n === 0 ? panelSeats(config) : asked.n;
  requireThat(
    n % 2 === 1 && n >= SEATS_MIN && n <= SEATS_MAX,
    'out_of_range',
    () => `n: ${n} seats; a panel has an odd number from ${SEATS_MIN} to ${SEATS_MAX}`,
  );
  return { mode: ModeMultiPartyRedundant, m: majorityOf(n), n, seats: n };
}

/**
 * The terms of a task. Any task may ask for redundancy where outputs can be compared; a chain whose default is
 * redundant settles the models that it cannot compare optimistically; TEE-attested is the chain's choice alone.
 * @throws AivmError `not_verifiable`, `not_supported`, `out_of_range`
 */
export function taskTerms(
  context: Pick<BlockContext, 'config'>,
  asked: AskedTerms,
  model: ModelRecord,
): TaskTerms {
  const chainMode = context.config.verificationMode;
  const wantsPanel = asked.mode === ModeMultiPartyRedundant;
  requireThat(
    !wantsPanel || isComparable(model),
    'not_verifiable',
    () => `model "${model.id}" is not deterministic: equal answers prove nothing`,
  );
  const isGame = modelClassOf(model).judge.kind === 'game';
  requireThat(
    !wantsPanel || !isGame,
    'not_supported',
    () => `mode ${asked.mode}: model "${model.id}" has a judge for every answer; ask for mode 0`,
  );
  if (
    wantsPanel ||
    (asked.mode === ModeOptimistic && chainMode === ModeMultiPartyRedundant && isComparable(model) && !isGame)
  ) {
    return panelSize(context, asked);
  }
  if (asked.mode > ModeTEEAttested || (asked.mode === ModeTEEAttested && chainMode !== ModeTEEAttested)) {
    throw new AivmError('not_supported', `mode ${asked.mode}: not offered by this chain`);
  }
  requireThat(asked.n === 0, 'malformed', () => `n: ${asked.n} seats; only redundant tasks have any`);
  const mode = chainMode === ModeTEEAttested ? ModeTEEAttested : ModeOptimistic;
  return { mode, m: 0, n: 0, seats: 1 };
}
