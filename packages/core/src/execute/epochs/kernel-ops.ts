import { u32 } from '../../bytes/codec/primitives.ts';
import { assert, requireThat } from '../../errors/aivm-error.ts';
import { MODEL_OP_KIND } from '../../kernels/constants.ts';
import { firstProbe } from '../../kernels/table.ts';
import { AIVMEpochState } from '../../layout/aivm-epoch-state.ts';
import { ModelOp } from '../../layout/model-op.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readRecord } from '../../state/read.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';

/** The kernels' tables, as keys name them. */
export const KernelTable = { attestation: 0, model: 1, anchor: 2 } as const;
export type KernelTable = (typeof KernelTable)[keyof typeof KernelTable];

/** A table never has more slots; it is at most 70 % full. */
export const TABLE_SLOTS_MAX: number = 2 ** 17;
const TABLE_ENTRIES_MAX = Math.floor(TABLE_SLOTS_MAX * 0.7);
/** One round's operations fit memory and time. */
export const QUEUED_OPS_MAX = 65_536;

/**
 * Table keys are 32 bits wide, so somebody can grind roots whose probe paths collide. The largest table is cut into
 * regions of 32 slots; a region takes at most 48 roots (22 on average when the table is full, 48 is 5 standard
 * deviations away). That bounds clusters in the largest table; in smaller ones low bits can still collide across
 * regions, to paths of about 1,500 slots, for as many deposits.
 */
const REGION_BITS = 5;
const REGION_ENTRIES_MAX = 48;

type OpsCounter = 'attestationOps' | 'modelOps' | 'anchorOps';

const COUNTERS: Readonly<Record<KernelTable, OpsCounter>> = {
  [KernelTable.attestation]: 'attestationOps',
  [KernelTable.model]: 'modelOps',
  [KernelTable.anchor]: 'anchorOps',
};

/** Appends an operation to what the next kernel round applies. @throws AivmError `table_full` */
export function queueKernelOp(context: BlockContext, table: KernelTable, op: Uint8Array): void {
  const counter = COUNTERS[table];
  const queued = readChain(context.state)[counter];
  requireThat(queued < QUEUED_OPS_MAX, 'table_full', () => `${queued} operations wait for the epoch's end`);
  context.state.set(stateKeys.kernelOp(table, queued), op);
  updateChain(context, () => ({ [counter]: queued + 1 }));
}

/** Puts another operation into the place of one that waits. */
export function replaceKernelOp(
  context: BlockContext,
  table: KernelTable,
  place: number,
  op: Uint8Array,
): void {
  const key = stateKeys.kernelOp(table, place);
  assert(context.state.get(key) !== undefined, 'a queued kernel operation is missing');
  context.state.set(key, op);
}

/**
 * Refuses an attestation for which the next round would have no room: what the last round left live and what waits
 * must fit the largest table. Expired entries do not count, a rehash drops them.
 * @throws AivmError `table_full`
 */
export function requireAttestationRoom({ state }: BlockContext): void {
  const epochState = state.get(stateKeys.epochState());
  const live = epochState === undefined ? 0n : AIVMEpochState.at(epochState).TotalActiveAttestations;
  const { attestationOps } = readChain(state);
  requireThat(
    live + BigInt(attestationOps) < BigInt(TABLE_ENTRIES_MAX),
    'table_full',
    () => `${live} attestations are live and ${attestationOps} wait`,
  );
}

/** Takes room for a new root in the model table. @throws AivmError `table_full` */
export function reserveModelSlot(context: BlockContext, modelRoot: Uint8Array): void {
  const { modelCount } = readChain(context.state);
  requireThat(modelCount < TABLE_ENTRIES_MAX, 'table_full', () => `${modelCount} models are registered`);
  const region = firstProbe(modelRoot, 0, TABLE_SLOTS_MAX - 1) >>> REGION_BITS;
  const key = stateKeys.tableRegion(region);
  const entries = readRecord(context.state, key, u32) ?? 0;
  requireThat(
    entries < REGION_ENTRIES_MAX,
    'table_full',
    () => `region ${region} of the model table is full; another header gives another root`,
  );
  context.state.setRecord(key, u32, entries + 1);
}

/** Decimal text without a unit counts; "1.5B" does not say how many exactly. */
const parameterCountOf = (text: string): bigint => (/^\d{1,18}$/.test(text) ? BigInt(text) : 0n);

/** Tells the next kernel round what became of a model. */
export function queueModelOp(
  context: BlockContext,
  kind: keyof typeof MODEL_OP_KIND,
  model: ModelRecord,
): void {
  const op = ModelOp.create({
    ModelRoot: model.modelRoot,
    WeightHash: model.weightHash,
    LicenseRoot: model.licenseRoot,
    OwnerAddr: model.owner,
    ParameterCount: parameterCountOf(model.parameters),
    Modality: 0,
    Kind: MODEL_OP_KIND[kind],
    Epoch: Number(BigInt.asUintN(32, readChain(context.state).epoch)),
  });
  queueKernelOp(context, KernelTable.model, op.bytes);
}
