import { equalBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bytes32, text, u32 } from '../../bytes/codec/primitives.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { assert } from '../../errors/aivm-error.ts';
import { LIMITS } from '../../state/limits.ts';
import { readModel, readServedCount, readServedMember, requireProvider } from '../../state/read.ts';
import { isVouchedFor, liveAttestation } from '../../state/read-attestation.ts';
import { type ProviderRecord, ProviderStatus } from '../../state/records/provider.ts';
import type { TaskRecord } from '../../state/records/task.ts';
import type { BlockContext } from '../context/block-context.ts';
import { recoveredOperator } from '../economy/reputation.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { heldList } from '../providers/held-blobs.ts';
import { SERVES_ALL } from '../providers/served-lists.ts';
import { liabilityOf } from '../tasks/obligations.ts';

/** A place to fill: the one of an optimistic task, or the next seat of a panel. */
export interface Vacancy {
  readonly task: TaskRecord;
  /** An assignment takes capacity and reserves a part of the bond; a seat does neither. */
  readonly kind: 'assignment' | 'seat';
  /** Its place on the panel; 0 for an assignment. */
  readonly seat: number;
  /** Operators that may not take it, beside the requester and those that were drawn for the task before. */
  readonly excluded: readonly Uint8Array[];
}

const drawSeedCodec = struct('DrawSeed', {
  parentId: bytes32,
  taskId: text(LIMITS.idBytesMax),
  attempt: u32,
  seat: u32,
  draw: u32,
});

/**
 * A number below `bound`, from the parent block's id, which nobody knew when the task was submitted. The bias of the
 * remainder is below bound / 2^64.
 */
function drawIndex(context: BlockContext, { task, seat }: Vacancy, draw: number, bound: number): number {
  const seed = serialize(drawSeedCodec, {
    parentId: context.parentId,
    taskId: task.id,
    attempt: task.attempt,
    seat,
    draw,
  });
  const hash = namedHash('Assignment', seed);
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true) % BigInt(bound));
}

/** How many assignments a provider may hold at once: two a GPU, at least one. */
export const assignmentsMax = (context: BlockContext, provider: ProviderRecord): number =>
  Math.min(context.config.maxTasksPerProvider, Math.max(1, 2 * provider.gpus.length));

function isAttested({ state, config, timestamp }: BlockContext, { id }: ProviderRecord): boolean {
  const attestation = liveAttestation(state, id, timestamp);
  return attestation !== undefined && isVouchedFor(attestation, config);
}

/** A seat asks for this part of minProviderBond: penalties do not move the lottery, a conviction reaches what is left. */
const SEAT_BOND_PART = 4n;

/**
 * Whether a provider is in the lottery for seats. Being busy is no condition: an attacker that holds the capacity of
 * honest members would otherwise choose who is left to judge.
 */
function isSeatable(context: BlockContext, provider: ProviderRecord): boolean {
  const { config, params, state } = context;
  const operator = recoveredOperator(state, provider.operator);
  return (
    provider.status === ProviderStatus.active &&
    provider.bond * SEAT_BOND_PART >= config.minProviderBond &&
    !operator.convicted &&
    operator.reputation >= params.minReputation &&
    (!config.requireTEEAttestation || isAttested(context, provider))
  );
}

/** Whether a provider takes an assignment now, whatever the task. */
const isIdle = (context: BlockContext, provider: ProviderRecord): boolean =>
  provider.bond >= context.config.minProviderBond &&
  provider.assigned.length < assignmentsMax(context, provider) &&
  provider.openResults < context.params.maxOpenResults &&
  isSeatable(context, provider);

/** Whether bond and time of a provider cover another assignment: a task of more work than it may hold waits for it alone. */
const canTakeOn = (context: BlockContext, provider: ProviderRecord, task: TaskRecord): boolean =>
  provider.bond >= provider.reserved + liabilityOf(context, task) &&
  (provider.openWork === 0n || provider.openWork + task.maxWork <= context.params.maxOpenWork);

/** Whether a provider that takes work of this kind may fill this vacancy. */
function suits(context: BlockContext, provider: ProviderRecord, { task, kind, excluded }: Vacancy): boolean {
  return (
    (kind === 'seat' || canTakeOn(context, provider, task)) &&
    !equalBytes(provider.operator, task.requester) &&
    !task.pastOperators.some((past) => equalBytes(past, provider.operator)) &&
    !excluded.some((operator) => equalBytes(operator, provider.operator))
  );
}

/** Remaining draws of a block, shared by all its tasks: the bound of an assignment's work. */
export interface Budget {
  tries: number;
  /**
   * Providers that take work of a kind, by kind and model, if all candidates were seen in this block: an upper bound, for
   * more of them get busy.
   */
  readonly seen: Map<string, number>;
}

/** A budget of so many draws. */
export const createBudget = (tries: number): Budget => ({ tries, seen: new Map() });

/**
 * Draws without replacement until `wanted` eligible providers of as many operators are found, everybody was drawn, or
 * the budget is spent. @returns those found, in the order of the draw.
 */
export function drawProviders(
  context: BlockContext,
  vacancy: Vacancy,
  budget: Budget,
  wanted: number,
): readonly ProviderRecord[] {
  const { task, kind } = vacancy;
  const seenKey = `${kind} ${task.model} ${bytesToHex(task.weightHash)}`;
  if ((budget.seen.get(seenKey) ?? wanted) < wanted) return [];
  const takesWork = kind === 'seat' ? isSeatable : isIdle;
  const model = readModel(context.state, task.model);
  assert(model !== undefined, 'a task of a model that is gone');
  const isHeld = modelClassOf(model).weights === 'held';
  const list = isHeld ? heldList(task) : task.model;
  const named = readServedCount(context.state, list);
  const servedByAll = !isHeld && (model.genesis || modelClassOf(model).servedByAll);
  const total = named + (servedByAll ? readServedCount(context.state, SERVES_ALL) : 0);
  const moved = new Map<number, number>();
  const found: ProviderRecord[] = [];
  let taking = 0;
  let draw = 0;
  for (; draw < total && budget.tries > 0 && found.length < wanted; draw++) {
    budget.tries -= 1;
    const picked = draw + drawIndex(context, vacancy, draw, total - draw);
    const position = moved.get(picked) ?? picked;
    moved.set(picked, moved.get(draw) ?? draw);
    const id =
      position < named
        ? readServedMember(context.state, list, position)
        : readServedMember(context.state, SERVES_ALL, position - named);
    const provider = requireProvider(context.state, id);
    if (!takesWork(context, provider)) continue;
    taking += 1;
    const isAnother = !found.some(({ operator }) => equalBytes(operator, provider.operator));
    if (isAnother && suits(context, provider, vacancy)) found.push(provider);
  }
  if (draw === total) budget.seen.set(seenKey, taking);
  return found;
}
