import { describe, expect, it } from 'vitest';
import { type BlockSources, candidatesOn } from '../../src/builder/propose-block.ts';
import type { ChainTip } from '../../src/chain/chain.ts';
import { alice, bob, open, pay, vertex } from '../support/vertex-node.ts';

const move = alice.sign({ kind: 'disputeMove', taskId: 't', game: 0, move: 1, body: new Uint8Array(8) }, 1n);
const pool = [pay(alice), pay(bob), move];

describe('what a block offers beside the vertices that wait to be executed', () => {
  it.each([
    ['leaves to them what they carry', [pay(bob)], [pay(alice), move]],
    // No vertex carries a move; anybody can put what its sender signed before it into one behind many others.
    ['is all of a sender with a move to make', [pay(alice), pay(bob)], [pay(alice), move]],
    ['is all of it without them', [], pool],
  ])('%s', async (_name, carried, left) => {
    const node = await open();
    const sources = { pool: { candidates: () => pool }, vertices: { waiting: () => [] } };
    const offered = carried.length === 0 ? [] : [vertex(carried)];
    const tip = { state: node.state() } as unknown as ChainTip;
    const candidates = candidatesOn(tip, sources as unknown as BlockSources, offered);
    expect(candidates.map(({ id }) => id)).toEqual(left.map(({ id }) => id));
  });
});
