import { equalBytes } from '../../bytes/bytes.ts';
import { u32 } from '../../bytes/codec/primitives.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { leafCountOf } from '../../network/index.ts';
import { stateKeys } from '../../state/keys.ts';
import { readRecord } from '../../state/read.ts';
import type { Holding, ProviderRecord } from '../../state/records/provider.ts';
import type { StateReader } from '../../state/state-view.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { joinServedList, leaveServedList } from './served-lists.ts';

/**
 * What the records of holders are kept under. Not the blob alone: anybody can register another network over the hash of
 * the same blob, and whoever holds the blob for one has agreed to nothing about the other's work, nor has shown that the
 * blob is as long as that one's header says.
 */
const holdingKey = ({ modelRoot, weightHash }: Holding): Uint8Array =>
  namedHash('Holding', modelRoot, weightHash);

/** Name of the list of those that hold a network's blob: longer than the id of any model. */
export const heldList = (holding: Holding): string => `held:${bytesToHex(holdingKey(holding))}`;

export const isSameHolding = (one: Holding, other: Holding): boolean =>
  equalBytes(one.modelRoot, other.modelRoot) && equalBytes(one.weightHash, other.weightHash);

/**
 * The leaf of a blob that a provider has to open: nobody knows it before the block `blockId`, and every provider has
 * another one.
 */
export function challengedLeaf(
  blockId: Uint8Array,
  { weightHash, provider, blobBytes }: HeldBlob & { readonly provider: string },
): number {
  const hash = namedHash('HeldLeaf', blockId, weightHash, utf8ToBytes(provider));
  const number = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
  return Number(number % BigInt(leafCountOf(blobBytes)));
}

/** A blob by the root over it. */
export interface HeldBlob {
  readonly weightHash: Uint8Array;
  readonly blobBytes: number;
}

const readCount = (state: StateReader, key: Uint8Array): number => readRecord(state, key, u32) ?? 0;

function addCount({ state }: BlockContext, key: Uint8Array, step: 1 | -1): number {
  const count = readCount(state, key) + step;
  if (count === 0) state.delete(key);
  else state.setRecord(key, u32, count);
  return count;
}

/** Operators with a holder of a network's blob, those of `except` left out; each of them at most once. */
export function countHoldingOperators(
  state: StateReader,
  holding: Holding,
  except: readonly Uint8Array[],
): number {
  const key = holdingKey(holding);
  const holds = (operator: Uint8Array): boolean =>
    readCount(state, stateKeys.heldByOperator(key, operator)) > 0;
  const others = except.filter(
    (one, i) => except.findIndex((other) => equalBytes(one, other)) === i && holds(one),
  );
  return readCount(state, stateKeys.heldOperators(key)) - others.length;
}

/** The provider is drawn for tasks of this network with these weights from now on. */
export function holdBlob(
  context: BlockContext,
  provider: ProviderRecord,
  { modelRoot, weightHash }: Holding,
): void {
  const holding = { modelRoot, weightHash };
  const key = holdingKey(holding);
  joinServedList(context, heldList(holding), provider.id);
  if (addCount(context, stateKeys.heldByOperator(key, provider.operator), 1) === 1)
    addCount(context, stateKeys.heldOperators(key), 1);
  writeProvider(context, { ...provider, holds: [...provider.holds, holding] });
}

/** Takes a provider out of the list of a network's blob. @returns its record, which is not written yet */
export function dropBlob(context: BlockContext, provider: ProviderRecord, holding: Holding): ProviderRecord {
  const key = holdingKey(holding);
  leaveServedList(context, heldList(holding), provider.id);
  if (addCount(context, stateKeys.heldByOperator(key, provider.operator), -1) === 0)
    addCount(context, stateKeys.heldOperators(key), -1);
  return { ...provider, holds: provider.holds.filter((held) => !isSameHolding(held, holding)) };
}
