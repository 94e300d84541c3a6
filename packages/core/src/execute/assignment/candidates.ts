import { equalBytes, isZeroBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, text, u32 } from '../../bytes/codec/primitives.ts';
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
import type { Fruitless } from '../tasks/queue.ts';
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

/** Whether the fee of a task is enough for a provider that is to take it alone. */
const isPaidEnough = ({ state }: BlockContext, provider: ProviderRecord, { fee }: TaskRecord): boolean =>
  fee >= leastFeeAt(provider, readChain(state).epoch);

/**
 * Whether bond and time of a provider cover another assignment. A task of more work than it may hold waits for it alone.
 */
const hasRoomFor = (context: BlockContext, provider: ProviderRecord, task: TaskRecord): boolean =>
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
   * What the candidates of a kind of work are like, by kind and lists, if all were seen in this block. Those that take
   * work are an upper bound, for more of them get busy.
   */
  readonly seen: Map<string, Seen>;
}

/** Candidates that were all looked at. */
interface Seen {
  /** Those that take work. */
  readonly taking: number;
  /** Whether one of the others only has enough of it now. */
  readonly isBusy: boolean;
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
  /** Set where everybody was looked at, and too few were found: another visit would cost the same. */
  readonly fruitless?: Fruitless;
}

/** The lists from which providers of a task are drawn: one place in them after the other. */
function candidatesOf({ state }: BlockContext, task: TaskRecord) {
  const model = readModel(state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  const lists = listsServing(model, task);
  const [list = '', other] = lists;
  const named = readServedCount(state, list);
  const total = named + (other === undefined ? 0 : readServedCount(state, other));
  const memberAt = (position: number): ProviderRecord => {
    const id =
      position < named
        ? readServedMember(state, list, position)
        : readServedMember(state, other ?? '', position - named);
    return requireProvider(state, id);
  };
  // Models that nobody names have the same candidates.
  const key = lists.filter((name) => readServedCount(state, name) > 0).join(' ');
  return { lists, key, total, memberAt };
}

/**
 * What a provider says to a vacancy, whoever is excluded from it: it takes it, it takes no work now (`busy`) or never
 * (`no`), it asks for more (`refuses`), or has no room for this one (`full`).
 */
type Answer = 'yes' | 'no' | 'busy' | 'refuses' | 'full';

function answerOf(context: BlockContext, { kind, task }: Vacancy, provider: ProviderRecord): Answer {
  if (kind !== 'assignment') return isSeatable(context, provider, kind) ? 'yes' : 'no';
  if (!isIdle(context, provider, kind)) return isSeatable(context, provider, kind) ? 'busy' : 'no';
  if (!isPaidEnough(context, provider, task)) return 'refuses';
  return hasRoomFor(context, provider, task) ? 'yes' : 'full';
}

/** A draw of so many more than there are candidates has most likely seen each: it goes on, and backs off. */
const ROUNDS_MAX = 2;

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
  const { lists, key, total, memberAt } = candidatesOf(context, task);
  const seenKey = `${kind} ${key}`;
  const seen = budget.seen.get(seenKey);
  // Who comes later learns it for nothing, and need not back off.
  if (seen !== undefined && seen.taking < wanted) {
    const nobody = { found: [], isCut: false, draw: NO_DRAW };
    return seen.isBusy ? nobody : { ...nobody, fruitless: { lists, isBusy: false } };
  }
  const begun = isZeroBytes(vacancy.draw.seed) ? { seed: context.seed, draws: 0 } : vacancy.draw;
  const moved = new Map<number, number>();
  const found: ProviderRecord[] = [];
  const counts = { taking: 0, busy: 0, waited: 0, refusing: 0 };
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
    const answer = answerOf(context, vacancy, provider);
    if (answer !== 'no' && answer !== 'busy') counts.taking += 1;
    if (answer === 'busy') counts.busy += 1;
    if (isOut || found.some(({ operator }) => equalBytes(operator, provider.operator))) continue;
    if (answer === 'busy' || answer === 'full') counts.waited += 1;
    if (answer === 'refuses') counts.refusing += 1;
    if (answer === 'yes') found.push(provider);
  }
  if (draw === total) budget.seen.set(seenKey, { taking: counts.taking, isBusy: counts.busy > 0 });
  const isCut = draw < total && found.length < wanted;
  const draws = begun.draws + draw;
  const isOver = found.length < wanted && (!isCut || draws >= ROUNDS_MAX * total);
  return {
    found,
    isCut,
    draw: isCut && draws > 0 ? { seed: begun.seed, draws } : NO_DRAW,
    ...(isOver ? { fruitless: { lists, isBusy: counts.waited > 0 && counts.refusing === 0 } } : {}),
  };
}
