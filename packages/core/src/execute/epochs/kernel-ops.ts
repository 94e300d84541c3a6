import { struct } from '../../bytes/codec/composites.ts';
import { bytes, u8, u32 } from '../../bytes/codec/primitives.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { assert, requireThat } from '../../errors/aivm-error.ts';
import { MODEL_OP_KIND } from '../../kernels/constants.ts';
import { firstProbe } from '../../kernels/table.ts';
import { AIVMEpochState } from '../../layout/aivm-epoch-state.ts';
import { ModelOp } from '../../layout/model-op.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readRecord } from '../../state/read.ts';
import type { Chain } from '../../state/records/chain.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import { parseStored } from '../../state/stored-record.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';

/** The kernels' tables, as keys name them. */
export const KernelTable = { attestation: 0, model: 1, anchor: 2 } as const;
export type KernelTable = (typeof KernelTable)[keyof typeof KernelTable];

/** Of the largest operation of a table. */
const KERNEL_OP_BYTES_MAX = ModelOp.SIZE;

/** A table never has more slots; it is at most 70 % full. */
export const TABLE_SLOTS_MAX: number = 2 ** 17;
const TABLE_ENTRIES_MAX = Math.floor(TABLE_SLOTS_MAX * 0.7);
/** So many operations wait at most, whatever their tables: their list fits memory. */
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

const KERNEL_TABLES = Object.values(KernelTable);

const kernelOpCodec = struct('KernelOp', { table: u8, op: bytes(KERNEL_OP_BYTES_MAX) });

/** How many operations wait, of all tables together. */
export const waitingOps = ({ attestationOps, modelOps, anchorOps }: Chain): number =>
  attestationOps + modelOps + anchorOps;

/**
 * Appends an operation to those that the next blocks apply, oldest first. @returns its number
 * @throws AivmError `table_full`
 */
export function queueKernelOp(context: BlockContext, table: KernelTable, op: Uint8Array): number {
  const chain = readChain(context.state);
  const waiting = waitingOps(chain);
  requireThat(waiting < QUEUED_OPS_MAX, 'table_full', () => `${waiting} operations wait for the kernels`);
  const number = chain.kernelOpsFirst + waiting;
  context.state.setRecord(stateKeys.kernelOp(number), kernelOpCodec, { table, op });
  const counter = COUNTERS[table];
  updateChain(context, () => ({ [counter]: chain[counter] + 1 }));
  return number;
}

/** Puts another operation into the place of one that waits. @returns false, with nothing changed, if it was applied. */
export function replaceKernelOp(context: BlockContext, number: number, op: Uint8Array): boolean {
  if (number < readChain(context.state).kernelOpsFirst) return false;
  const key = stateKeys.kernelOp(number);
  const known = readRecord(context.state, key, kernelOpCodec);
  assert(known !== undefined, 'a queued kernel operation is missing');
  context.state.setRecord(key, kernelOpCodec, { ...known, op });
  return true;
}

/** The newest operation that waits, out of what a block wrote: the last thing that a block does is to queue its anchor. */
export function lastQueuedOp(writes: ReadonlyMap<string, Uint8Array | undefined>, chain: Chain): Uint8Array {
  const key = stateKeys.kernelOp(chain.kernelOpsFirst + waitingOps(chain) - 1);
  const value = writes.get(bytesToHex(key));
  assert(value !== undefined, 'a block queued nothing for the kernels');
  return parseStored(kernelOpCodec, value).op;
}

/** Operations of each table, one behind the other. */
export type KernelOps = Readonly<Record<KernelTable, Uint8Array>>;

/** Takes the oldest operations out of the state, at most kernelOpsPerBlock of all tables together. */
export function takeOldestOps(context: BlockContext): KernelOps {
  const chain = readChain(context.state);
  const count = Math.min(waitingOps(chain), context.params.kernelOpsPerBlock);
  const taken: Record<KernelTable, Uint8Array[]> = { 0: [], 1: [], 2: [] };
  for (let number = chain.kernelOpsFirst; number < chain.kernelOpsFirst + count; number++) {
    const key = stateKeys.kernelOp(number);
    const known = readRecord(context.state, key, kernelOpCodec);
    assert(known !== undefined, 'a queued kernel operation is missing');
    taken[known.table as KernelTable].push(known.op);
    context.state.delete(key);
  }
  if (count > 0) {
    updateChain(context, () => ({
      kernelOpsFirst: chain.kernelOpsFirst + count,
      ...Object.fromEntries(
        KERNEL_TABLES.map((table) => [COUNTERS[table], chain[COUNTERS[table]] - taken[table].length]),
      ),
    }));
  }
  return { 0: joinEqual(taken[0]), 1: joinEqual(taken[1]), 2: joinEqual(taken[2]) };
}

/** Joins parts of one size; a spread of 65,536 arguments would overflow the stack of some engines. */
function joinEqual(parts: readonly Uint8Array[]): Uint8Array {
  const size = parts[0]?.length ?? 0;
  const joined = new Uint8Array(parts.length * size);
  for (const [i, part] of parts.entries()) joined.set(part, i * size);
  return joined;
}

/**
 * Refuses an attestation for which the table would have no room: what the last transition left live, what was applied
 * since and what waits must fit the largest table. Expired entries do not count, a rehash drops them.
 * @throws AivmError `table_full`
 */
export function requireAttestationRoom({ state }: BlockContext): void {
  const epochState = state.get(stateKeys.epochState());
  const live = epochState === undefined ? 0n : AIVMEpochState.at(epochState).TotalActiveAttestations;
  const { attestationOps, attestationsApplied } = readChain(state);
  const others = attestationsApplied + attestationOps;
  requireThat(
    live + BigInt(others) < BigInt(TABLE_ENTRIES_MAX),
    'table_full',
    () => `${live} attestations are live and ${others} are new or wait`,
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

/** Tells the kernels what became of a model. */
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
