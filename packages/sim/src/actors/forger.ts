import { blockHeaderCodec, createBlock, type StatelessBlock } from '@aivm/core/block';
import { serialize } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import type { Random } from '../world/random.ts';
import { Violation } from '../world/violation.ts';
import type { Actor } from './actor.ts';

/** A block that looks right and is not: one member of its header, or its list of transactions, is another. */
function forge(
  { header, transactions }: StatelessBlock,
  random: Random,
): { what: string; block: StatelessBlock } {
  const other = random.bytes(32);
  const forgeries = [
    ['stateRoot', { ...header, stateRoot: other }],
    ['receiptsRoot', { ...header, receiptsRoot: other }],
    ['outcomesRoot', { ...header, outcomesRoot: other }],
    ['aivmStateRoot', { ...header, aivmStateRoot: other }],
    ['receiptCount', { ...header, receiptCount: header.receiptCount + 1 }],
    ['height', { ...header, height: header.height + 1 }],
    ['parentId', { ...header, parentId: other }],
    ['chainId', { ...header, chainId: header.chainId + 1n }],
    ['timestamp', { ...header, timestamp: 0 }],
  ] as const;
  const [what, forged] = random.pick(forgeries);
  serialize(blockHeaderCodec, forged);
  return { what, block: createBlock(forged, transactions) };
}

/** Sends every node blocks that do not follow from their parents; each must be refused and leave nothing behind. */
export const forger = (perMille: number): Actor => ({
  kind: 'forger',
  isHonest: false,
  identities: [],
  disturb(cluster, { nowMs, random, isDraining, note }) {
    if (isDraining || !random.chance(perMille)) return;
    const live = cluster.reachable().filter((node) => node.height === cluster.height);
    const [maker] = live;
    const real = maker?.propose(Math.floor(nowMs / 1_000));
    if (real === undefined) return;
    const { what, block } = forge(real, random);
    for (const node of live) {
      try {
        node.verify(block.bytes);
      } catch (error) {
        if (!(error instanceof AivmError)) throw error;
        note(what);
        continue;
      }
      throw new Violation('forgery', `${node.name} took a block with another ${what}`);
    }
  },
});
