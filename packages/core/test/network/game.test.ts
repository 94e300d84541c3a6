import { describe, expect, it } from 'vitest';
import { equalBytes } from '../../src/bytes/bytes.ts';
import { keccak256 } from '../../src/crypto/keccak.ts';
import {
  acceptCommitment,
  acceptReveal,
  acceptWitness,
  createCommitment,
  createHashTree,
  createReveal,
  createWitness,
  ELEMENT_SIZE,
  exchangeCount,
  firstDifference,
  hashGameRoot,
  type KeptNode,
  leafCountOf,
  type Network,
  nodeHash,
  type OwnTrace,
  openLeaves,
  ownsRightValue,
  pointAt,
  revealShape,
  runNetwork,
  shapeOf,
  sizeOf,
  tensorOffset,
  traceTree,
  treeDepth,
  unitAt,
} from '../../src/network/index.ts';
import { lie, placeOf, randomUnit } from './support/liar.ts';
import { Random } from './support/random.ts';
import { randomHeader, randomTask } from './support/random-graph.ts';

const RUNS = Number(process.env.AIVM_NETWORK_RUNS ?? 200);

const own = (network: Network, bytes: Uint8Array): OwnTrace => ({
  bytes,
  tree: traceTree(network, { bytes }),
});

function outputOf(network: Network, bytes: Uint8Array): Uint8Array {
  const start = tensorOffset(network, network.tensorCount - 1);
  return bytes.subarray(start, start + sizeOf(shapeOf(network, network.tensorCount - 1)));
}

/** The first element of the leaf in which two traces differ. */
function differingElement(network: Network, leaf: number, left: Uint8Array, right: Uint8Array): number {
  const at = left.subarray(leaf * 128).findIndex((byte, i) => byte !== right[leaf * 128 + i]);
  return Math.floor(at / ELEMENT_SIZE[shapeOf(network, unitAt(network, leaf, 0).tensor).type]);
}

/** The whole descent: reveals of `provider`, points of `challenger`. Gives the kept node and the first differing leaf. */
function descend(network: Network, provider: OwnTrace, challenger: OwnTrace) {
  const leafCount = leafCountOf(network.traceBytes);
  const commitment = createCommitment(network, provider);
  const { root, top } = acceptCommitment(network, commitment, outputOf(network, provider.bytes));
  let kept: KeptNode = top;
  let entries = commitment.entries;
  let exchanges = 1;
  while (!revealShape(leafCount, kept).isLeaves) {
    const pointed = pointAt(leafCount, kept, firstDifference(challenger, kept, entries)!);
    const reveal = createReveal(provider, kept, pointed);
    kept = acceptReveal(leafCount, kept, pointed, reveal);
    entries = reveal.entries;
    exchanges++;
  }
  return { root, kept, exchanges, leaf: firstDifference(challenger, kept, entries)! };
}

describe('a game', () => {
  it('between an honest challenger and a liar ends at the first wrong element, and convicts', () => {
    let deepest = 0;
    for (let seed = 0; seed < RUNS; seed++) {
      const random = new Random(0x6a3e + seed);
      const header = randomHeader(random, random.int(2, 10), true);
      const { network, input, blob } = randomTask(random, header);
      const honest = own(network, runNetwork(network, blob, input).bytes);
      const fault = randomUnit(network, random);
      const size = ELEMENT_SIZE[shapeOf(network, fault.tensor).type];
      const bit = random.int(0, 8 * size - 1);
      const lying = own(network, lie(network, input, blob, honest.bytes, fault, bit));

      const { root, kept, leaf, exchanges } = descend(network, lying, honest);
      const depth = treeDepth(leafCountOf(network.traceBytes));
      deepest = Math.max(deepest, depth);
      expect(exchanges).toBeLessThanOrEqual(exchangeCount(depth));
      expect(root).toEqual(lying.tree.root);
      const element = differingElement(network, leaf, honest.bytes, lying.bytes);
      expect({ leaf, element }).toEqual(placeOf(network, fault));

      const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
      const witness = createWitness(network, input, { leaf, element }, lying, weights);
      // All that the witness opens but the pointed leaf is known to the challenger: its own, or revealed.
      const verdict = acceptWitness(network, input, { trace: root, blob: weights.tree.root }, kept, witness);
      expect(verdict.unit).toEqual(fault);
      expect(verdict.isRight).toBe(false);

      const opening = {
        leaf: honest.bytes.slice(leaf * 128, leaf * 128 + 128),
        siblings: openLeaves(honest.tree, [leaf]),
      };
      expect(ownsRightValue(network, honest.tree.root, witness, verdict, opening)).toBe(true);
      expect(ownsRightValue(network, lying.tree.root, witness, verdict, opening)).toBe(false);
      const copied = {
        leaf: lying.bytes.slice(leaf * 128, leaf * 128 + 128),
        siblings: openLeaves(lying.tree, [leaf]),
      };
      expect(ownsRightValue(network, lying.tree.root, witness, verdict, copied)).toBe(false);
    }
    expect(deepest).toBeGreaterThan(4);
  });

  it('against an honest provider confirms every element, wherever the challenger points', () => {
    for (let seed = 0; seed < RUNS; seed++) {
      const random = new Random(0xa11 + seed);
      const header = randomHeader(random, random.int(2, 10), true);
      const { network, input, blob } = randomTask(random, header);
      const leafCount = leafCountOf(network.traceBytes);
      const honest = own(network, runNetwork(network, blob, input).bytes);
      const { root, top } = acceptCommitment(
        network,
        createCommitment(network, honest),
        outputOf(network, honest.bytes),
      );
      let kept: KeptNode = top;
      for (let shape = revealShape(leafCount, kept); !shape.isLeaves; shape = revealShape(leafCount, kept)) {
        const pointed = pointAt(leafCount, kept, random.int(shape.first, shape.first + shape.count - 1));
        kept = acceptReveal(leafCount, kept, pointed, createReveal(honest, kept, pointed));
      }
      const { first, count } = revealShape(leafCount, kept);
      const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
      const roots = { trace: root, blob: weights.tree.root };
      for (let element = 0; element < 16; element++) {
        const at = { leaf: random.int(first, first + count - 1), element };
        const witness = createWitness(network, input, at, honest, weights);
        expect(acceptWitness(network, input, roots, kept, witness).isRight).toBe(true);
      }
    }
  });
});

/** A trace of several hundred leaves. */
function large() {
  for (let seed = 0; seed < 1_000; seed++) {
    const random = new Random(seed);
    const header = randomHeader(random, random.int(2, 10), true);
    const { network, input, blob } = randomTask(random, header);
    if (treeDepth(leafCountOf(network.traceBytes)) < 5) continue;
    const honest = own(network, runNetwork(network, blob, input).bytes);
    // Equal nodes could stand for each other.
    if (equalBytes(nodeHash(honest.tree, 1, 0), nodeHash(honest.tree, 1, 1))) continue;
    return { network, honest, leafCount: leafCountOf(network.traceBytes) };
  }
  throw new Error('no seed gives a deep tree');
}

describe('a move that does not fit is refused', () => {
  const { network, honest, leafCount } = large();
  const output = outputOf(network, honest.bytes);
  const commitment = createCommitment(network, honest);
  const { top } = acceptCommitment(network, commitment, output);
  const pointed = pointAt(leafCount, top, 1);
  const reveal = createReveal(honest, top, pointed);
  const flip = (from: Uint8Array): Uint8Array => from.with(3, from[3]! ^ 1);
  const grow = (from: Uint8Array): Uint8Array => Uint8Array.of(...from, ...new Uint8Array(32));

  it('and what fits is not', () => {
    expect(acceptReveal(leafCount, top, pointed, reveal)).toMatchObject(pointed);
    expect(reveal.siblings.length).toBeGreaterThan(0);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'another output',
      () => acceptCommitment(network, commitment, flip(output)),
      /does not end in the posted output/,
    ],
    [
      'a longer output',
      () => acceptCommitment(network, commitment, grow(output)),
      /output: \d+ bytes; the network writes/,
    ],
    [
      'other entries of a commitment',
      () => acceptCommitment(network, { ...commitment, entries: flip(commitment.entries) }, output),
      /does not end in the posted output/,
    ],
    [
      'an entry too many',
      () => acceptCommitment(network, { ...commitment, entries: grow(commitment.entries) }, output),
      /reveal: \d+ bytes below node 0/,
    ],
    ['a point before the entries', () => pointAt(leafCount, top, -1), /point: -1 is not revealed/],
    ['a point behind the entries', () => pointAt(leafCount, top, leafCount), /is not revealed/],
    ['half a point', () => pointAt(leafCount, top, 0.5), /is not revealed/],
    ['a point at leaves', () => pointAt(leafCount, { level: 3, index: 0 }, 0), /a witness is due/],
    [
      'other entries',
      () => acceptReveal(leafCount, top, pointed, { ...reveal, entries: flip(reveal.entries) }),
      /do not lead to node 0/,
    ],
    [
      'other siblings',
      () => acceptReveal(leafCount, top, pointed, { ...reveal, siblings: flip(reveal.siblings) }),
      /do not lead to node 0/,
    ],
    [
      'a sibling too many',
      () => acceptReveal(leafCount, top, pointed, { ...reveal, siblings: grow(reveal.siblings) }),
      /bytes of siblings/,
    ],
    [
      'no siblings',
      () => acceptReveal(leafCount, top, pointed, { ...reveal, siblings: new Uint8Array(0) }),
      /0 bytes of siblings/,
    ],
    [
      'a reveal of another node',
      () => acceptReveal(leafCount, top, pointAt(leafCount, top, 0), reveal),
      /reveal/,
    ],
  ])('%s', (_name, move, message) => {
    expect(move).toThrow(message);
  });

  it('a witness before the leaves are revealed, and one of another leaf', () => {
    const witness = {
      leaf: 0,
      element: 0,
      traceLeaves: new Uint8Array(0),
      traceSiblings: new Uint8Array(0),
      blobLeaves: new Uint8Array(0),
      blobSiblings: new Uint8Array(0),
    };
    const roots = { trace: honest.tree.root, blob: honest.tree.root };
    const input = { bytes: new Uint8Array(0), tokens: new Uint32Array(0) };
    expect(() => acceptWitness(network, input, roots, top, witness)).toThrow(/a point is due/);
    const low = { level: 2, index: 1, hash: top.hash };
    expect(() => acceptWitness(network, input, roots, low, witness)).toThrow(/the revealed leaves are 16…31/);
  });
});

describe('the shape of a reveal', () => {
  it('has each node of its level below one node, and no other', () => {
    for (const leafCount of [1, 2, 64, 65, 255, 256, 257, 1_000, 4_097, 70_000]) {
      const depth = treeDepth(leafCount);
      for (let level = 0; level <= depth; level++) {
        const width = Math.ceil(leafCount / 4 ** level);
        let next = 0;
        let hasGap = false;
        for (let index = 0; index < width; index++) {
          const { first, count, isLeaves } = revealShape(leafCount, { level, index });
          hasGap ||= first !== next || count < 1 || count > (isLeaves ? 64 : 256);
          next += count;
        }
        expect(hasGap).toBe(false);
        expect(next).toBe(Math.ceil(leafCount / 4 ** Math.max(0, level < 4 ? 0 : level - 4)));
      }
    }
  });

  it('takes as many exchanges as the specification counts', () => {
    expect([0, 3, 4, 8, 9, 12, 15].map(exchangeCount)).toEqual([1, 2, 2, 3, 4, 4, 5]);
  });
});

describe('the commitment to an own root', () => {
  const word = (text: string): Uint8Array => keccak256(new TextEncoder().encode(text));
  const parameters = {
    genesisHash: word('genesis'),
    taskId: 't-1',
    attempt: 1,
    root: word('root'),
    sender: word('sender').slice(0, 20),
    salt: word('salt'),
  };

  it.each([
    ['genesisHash', { genesisHash: word('other') }],
    ['taskId', { taskId: 't-2' }],
    ['attempt', { attempt: 2 }],
    ['root', { root: word('other') }],
    ['sender', { sender: word('other').slice(0, 20) }],
    ['salt', { salt: word('other') }],
  ])('depends on %s', (_name, change) => {
    expect(hashGameRoot({ ...parameters, ...change })).not.toEqual(hashGameRoot(parameters));
  });
});
