import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, text, u32 } from '../../bytes/codec/primitives.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { LIMITS } from '../../state/limits.ts';
import {
  readChain,
  readModel,
  readServedCount,
  readServedMember,
  requireProvider,
} from '../../state/read.ts';
import { isVouchedFor, liveAttestation } from '../../state/read-attestation.ts';
import { leastFeeAt, type ProviderRecord, ProviderStatus } from '../../state/records/provider.ts';
import { type Draw, NO_DRAW, type TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { challengeWindowBlocks, longestPanelBlocks } from '../context/durations.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { coversSeat } from '../providers/own-provider.ts';
import { listsServing } from '../providers/provider-lists.ts';
import { liabilityOf } from '../tasks/obligations.ts';
import { panelSeats } from '../tasks/terms.ts';

/** A place to fill: the one of an optimistic task, or the next seat of a panel. */
export interface Vacancy {
  readonly task: TaskRecord;
  /**
   * An assignment takes capacity and reserves a part of the bond; a seat does neither. Those of committees are also drawn
   * from providers that have begun to leave.
   */
  readonly kind: 'assignment' | 'seat' | 'committee';
  /** Its panel, the round of its draw, and its place; 0 for an assignment. */
  readonly panel: number;
  readonly round: number;
  readonly seat: number;
  /** Operators that may not take it, beside the requester and those that were drawn for the task before. */
  readonly excluded: readonly Uint8Array[];
  /** Where a draw goes on that an earlier block began; {@link NO_DRAW} to begin with this block's seed. */
  readonly draw: Draw;
}

const drawSeedCodec = struct('DrawSeed', {
  seed: bytes32,
  taskId: text(LIMITS.idBytesMax),
  attempt: u32,
  panel: u32,
  round: u32,
  seat: u32,
  draw: u32,
});

/**
 * A number below `bound`, from the seed of the block in which the draw began, which nobody knew when the task was
 * submitted. The bias of the remainder is below bound / 2^64.
 */
function drawIndex(seed: Uint8Array, vacancy: Vacancy, draw: number, bound: number): number {
  const { task, panel, round, seat } = vacancy;
  const place = { taskId: task.id, attempt: task.attempt, panel, round, seat, draw };
  const hash = namedHash('Assignment', serialize(drawSeedCodec, { seed, ...place }));
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true) % BigInt(bound));
}

/** How many assignments a provider may hold at once: two a GPU, at least one. */
export const assignmentsMax = (context: BlockContext, provider: ProviderRecord): number =>
  Math.min(context.config.maxTasksPerProvider, Math.max(1, 2 * provider.gpus.length));

function isAttested({ state, config, timestamp }: BlockContext, { id }: ProviderRecord): boolean {
  const attestation = liveAttestation(state, id, timestamp);
  return attestation !== undefined && isVouchedFor(attestation, config);
}

/**
 * Whether a provider that unbonds still judges: for as long as a result that was posted before it began to leave can be
 * disputed. Otherwise own operators could make a model verifiable, lie, and take the committee away.
 */
function isStillJudging({ config, params, height }: BlockContext, provider: ProviderRecord): boolean {
  const leftAt = provider.withdrawableAtHeight - params.unbondBlocks;
  const blocks = challengeWindowBlocks(config) + longestPanelBlocks(config, params, panelSeats(config));
  return provider.status === ProviderStatus.unbonding && height < leftAt + blocks;
}

/**
 * Whether a provider is in the lottery for seats. Being busy is no condition: an attacker that holds the capacity of
 * honest members would otherwise choose who is left to judge.
 */
function isSeatable(context: BlockContext, provider: ProviderRecord, kind: Vacancy['kind']): boolean {
  const { config, params, state } = context;
  const operator = recoveredOperator(state, provider.operator);
  return (
    (provider.status === ProviderStatus.active ||
      (kind === 'committee' && isStillJudging(context, provider))) &&
    coversSeat(context, provider) &&
    !operator.convicted &&
    operator.reputation >= params.minReputation &&
    (!config.requireTEEAttestation || isAttested(context, provider))
  );
}

/**
 * Whether a provider takes an assignment now, whatever the task. Its bond is what a seat asks for, and {@link canTakeOn}
 * wants it to cover the task: were it minProviderBond, one penalty would end the work of everybody who bonded just that.
 */
const isIdle = (context: BlockContext, provider: ProviderRecord, kind: Vacancy['kind']): boolean =>
  provider.assigned.length < assignmentsMax(context, provider) &&
  provider.openResults < context.params.maxOpenResults &&
  isSeatable(context, provider, kind);

/**
 * Whether a provider takes this task alone: its fee is enough for it, and bond and time cover another assignment. A task
 * of more work than it may hold waits for it alone.
 */
const canTakeOn = (context: BlockContext, provider: ProviderRecord, task: TaskRecord): boolean =>
  task.fee >= leastFeeAt(provider, readChain(context.state).epoch) &&
  provider.bond >= provider.reserved + liabilityOf(context, task) &&
  (provider.openWork === 0n || provider.openWork + task.maxWork <= context.params.maxOpenWork);

/** Whether a provider's operator may not fill a vacancy, whatever the provider's own state. */
const isExcluded = ({ operator }: ProviderRecord, { task, excluded }: Vacancy): boolean =>
  equalBytes(operator, task.requester) ||
  task.pastOperators.some((past) => equalBytes(past, operator)) ||
  excluded.some((other) => equalBytes(other, operator));

/** So many providers are looked at for each try: most of them belong to operators that the task excludes. */
const VISITS_PER_TRY = 4;

/** Remaining draws of a block, shared by all its tasks: the bound of an assignment's work. */
export interface Budget {
  tries: number;
  /**
   * Providers that may still be looked at: those of an excluded operator cost one of these and no try, so that a party to a
   * task cannot spend its draws by registering many providers.
   */
  visits: number;
  /**
   * Providers that take work of a kind, by kind and model, if all candidates were seen in this block: an upper bound, for
   * more of them get busy.
   */
  readonly seen: Map<string, number>;
}

/** A budget of so many draws. */
export const createBudget = (tries: number): Budget => ({
  tries,
  visits: VISITS_PER_TRY * tries,
  seen: new Map(),
});

/** What a draw found. */
export interface Drawn {
  /** In the order of the draw, of as many operators. */
  readonly found: readonly ProviderRecord[];
  /** Whether the budget was spent before everybody was drawn. */
  readonly isCut: boolean;
  /** Where a later block goes on then; {@link NO_DRAW} where nobody was looked at yet, or nothing is to go on. */
  readonly draw: Draw;
}

/** The lists from which providers of a task are drawn: one place in them after the other. */
function candidatesOf({ state }: BlockContext, task: TaskRecord) {
  const model = readModel(state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  const [list = '', other] = listsServing(model, task);
  const named = readServedCount(state, list);
  const total = named + (other === undefined ? 0 : readServedCount(state, other));
  const memberAt = (position: number): ProviderRecord => {
    const id =
      position < named
        ? readServedMember(state, list, position)
        : readServedMember(state, other ?? '', position - named);
    return requireProvider(state, id);
  };
  return { total, memberAt };
}

/**
 * Draws without replacement until `wanted` eligible providers of as many operators are found, everybody was drawn, or
 * the budget is spent. A draw that goes on in a later block keeps its seed and draws from everybody again.
 */
export function drawProviders(
  context: BlockContext,
  vacancy: Vacancy,
  budget: Budget,
  wanted: number,
): Drawn {
  const { task, kind } = vacancy;
  const seenKey = `${kind} ${task.model} ${bytesToHex(task.weightHash)}`;
  if ((budget.seen.get(seenKey) ?? wanted) < wanted) return { found: [], isCut: false, draw: NO_DRAW };
  const takesWork = kind === 'assignment' ? isIdle : isSeatable;
  const { total, memberAt } = candidatesOf(context, task);
  const begun = isZeroBytes(vacancy.draw.seed) ? { seed: context.seed, draws: 0 } : vacancy.draw;
  const moved = new Map<number, number>();
  const found: ProviderRecord[] = [];
  let taking = 0;
  let draw = 0;
  const hasBudget = (): boolean => budget.tries > 0 && budget.visits > 0;
  for (; draw < total && hasBudget() && found.length < wanted; draw++) {
    budget.visits -= 1;
    const picked = draw + drawIndex(begun.seed, vacancy, begun.draws + draw, total - draw);
    const position = moved.get(picked) ?? picked;
    moved.set(picked, moved.get(draw) ?? draw);
    const provider = memberAt(position);
    const isOut = isExcluded(provider, vacancy);
    if (!isOut) budget.tries -= 1;
    if (!takesWork(context, provider, kind)) continue;
    taking += 1;
    const isAnother = !found.some(({ operator }) => equalBytes(operator, provider.operator));
    if (!isOut && isAnother && (kind !== 'assignment' || canTakeOn(context, provider, task)))
      found.push(provider);
  }
  if (draw === total) budget.seen.set(seenKey, taking);
  const isCut = draw < total && found.length < wanted;
  const draws = begun.draws + draw;
  return { found, isCut, draw: isCut && draws > 0 ? { seed: begun.seed, draws } : NO_DRAW };
}
