import { equalBytes } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { utf8ToBytes } from '../../bytes/utf8.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { leafCountOf } from '../../network/index.ts';
import type { Holding, ProviderRecord } from '../../state/records/provider.ts';
import { type BlockContext, writeProvider } from '../context/block-context.ts';
import { joinServedList, leaveServedList, uncountMember } from './served-lists.ts';

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

/** The provider is drawn for tasks of this network with these weights from now on, or when it is back in its lists. */
export function holdBlob(
  context: BlockContext,
  provider: ProviderRecord,
  { modelRoot, weightHash }: Holding,
): void {
  const holding = { modelRoot, weightHash };
  if (provider.listed) joinServedList(context, heldList(holding), provider);
  writeProvider(context, { ...provider, holds: [...provider.holds, holding] });
}

/** Ends the holding of a network's blob. @returns the provider's record, which is not written yet */
export function dropBlob(context: BlockContext, provider: ProviderRecord, holding: Holding): ProviderRecord {
  if (provider.listed) {
    uncountMember(context, heldList(holding), provider);
    leaveServedList(context, heldList(holding), provider);
  }
  return { ...provider, holds: provider.holds.filter((held) => !isSameHolding(held, holding)) };
}
