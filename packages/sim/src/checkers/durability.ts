import { bytesToHex, equalBytes } from '@aivm/core/bytes';
import type { SimNode } from '../world/sim-node.ts';
import type { CensusTaken, CreateChecker } from './checker.ts';

/** Prefix of the accepted state in a store. */
const STATE_COLUMN = 's';

/**
 * What a node called accepted survives every crash, in whole: its disk holds every block it acknowledged and exactly
 * the state after its head. A lost block is a payment taken back, half a block is a chain that never starts again.
 */
export const createDurabilityChecker: CreateChecker = ({ mirror, fail }) => {
  const compareState = ({ name, disk }: SimNode): void => {
    let count = 0;
    for (const [key, value] of disk.entries(STATE_COLUMN)) {
      const expected = mirror.get(key.subarray(1));
      if (expected === undefined || !equalBytes(expected, value)) {
        fail(`${name}: its disk holds another value under ${bytesToHex(key)}`);
      }
      count += 1;
    }
    if (count !== mirror.size) fail(`${name}: its disk holds ${count} values of ${mirror.size}`);
  };
  const checkNode = (node: SimNode, { height, idAt }: CensusTaken): void => {
    const { name, acknowledged, lost } = node;
    if (lost !== undefined) fail(`${name}: ${lost}`);
    if (!node.isUp) return;
    if (acknowledged !== undefined) {
      const kept = node.node.blocks.getBlockId(acknowledged.height);
      if (kept === undefined || !equalBytes(kept, acknowledged.id))
        fail(`${name} lost block ${acknowledged.height}`);
    }
    for (let at = Math.max(1, height - 60); at <= node.height; at++) {
      const block = node.node.blocks.getBlock(at);
      const decided = idAt(at);
      if (block === undefined || decided === undefined || !equalBytes(block.block.id, decided)) {
        fail(`${name} has no block ${at} any more, or another`);
      }
    }
    if (node.height === height) compareState(node);
  };
  return {
    name: 'durability',
    onCensus(census) {
      for (const node of census.nodes) checkNode(node, census);
    },
  };
};
