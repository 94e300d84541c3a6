import type { AnchorMessage } from '../../block/anchor-message.ts';
import type { StatelessBlock } from '../../block/block.ts';
import { ZERO_32 } from '../../bytes/bytes.ts';
import { bytesToHex } from '../../bytes/hex.ts';
import { assert } from '../../errors/aivm-error.ts';
import { AnchorOp } from '../../layout/anchor-op.ts';
import { stateKeys } from '../../state/keys.ts';
import { readChain, readReceiptFrontier } from '../../state/read.ts';
import { receiptsRoot } from '../../state/receipts-tree/frontier.ts';
import { chainCodec } from '../../state/records/chain.ts';
import { parseStored } from '../../state/stored-record.ts';
import { type BlockContext, updateChain } from '../context/block-context.ts';
import type { ExecutionResult } from '../context/result.ts';
import { KernelTable, lastQueuedOp, QUEUED_OPS_MAX, queueKernelOp, waitingOps } from './kernel-ops.ts';

export const NANOSECONDS = 1_000_000_000n;

/** Slots of an epoch's table of anchors: it fits memory. */
const ANCHORS_PER_EPOCH_MAX = 65_536;

/** Hosts with a validator set bind it here; the embedded host has none. */
const NO_VALIDATOR_SET = ZERO_32;

/**
 * Every merkleAnchorFreq blocks the receipts root becomes an anchor that extends the last one. It is an operation for the
 * kernels and an event that sinks hand on; the protocol never waits for a sink. An epoch that is longer than its table
 * leaves anchors out until it closes: the next one extends the last that was made.
 */
export function queueAnchorIfDue(context: BlockContext): void {
  const { config, state, height, timestamp } = context;
  if (height === 0 || height % config.merkleAnchorFreq !== 0) return;
  const chain = readChain(state);
  const { anchorCommit, anchorCount, anchorOps, anchorSlots, epoch } = chain;
  if (waitingOps(chain) >= QUEUED_OPS_MAX || anchorSlots + anchorOps >= ANCHORS_PER_EPOCH_MAX) return;
  const frontier = readReceiptFrontier(state);
  const commitRoot = receiptsRoot(frontier);
  const op = AnchorOp.create({
    CommitRoot: commitRoot,
    ParentRoot: anchorCommit,
    ValidatorSetRootAtCommit: NO_VALIDATOR_SET,
    Height: BigInt(height),
    TimestampNS: BigInt(timestamp) * NANOSECONDS,
    Epoch: Number(BigInt.asUintN(32, epoch)),
  });
  queueKernelOp(context, KernelTable.anchor, op.bytes);
  updateChain(context, () => ({ anchorCommit: commitRoot, anchorCount: anchorCount + 1n }));
  context.events.push({
    kind: 'anchor',
    number: anchorCount,
    commitRoot,
    parentRoot: anchorCommit,
    validatorSetRoot: NO_VALIDATOR_SET,
    receiptCount: frontier.count,
  });
}

/** The anchor that executing `block` made, as it is handed to other chains; undefined where it made none. */
export function anchorOfBlock(
  { id, header }: Pick<StatelessBlock, 'id' | 'header'>,
  { events, writes }: Pick<ExecutionResult, 'events' | 'writes'>,
): AnchorMessage | undefined {
  const event = events.find(({ kind }) => kind === 'anchor');
  if (event?.kind !== 'anchor') return undefined;
  const chain = writes.get(bytesToHex(stateKeys.chain()));
  assert(chain !== undefined, 'a block with an anchor leaves the chain record alone');
  const op = lastQueuedOp(writes, parseStored(chainCodec, chain));
  const { number, receiptCount } = event;
  return { chainId: header.chainId, number, receiptCount, blockId: id, op };
}
