import { keccak256 } from '@aivm/core/crypto';
import {
  acceptCommitment,
  acceptReveal,
  createCommitment,
  createNetwork,
  createReveal,
  type HeaderOperator,
  leafCountOf,
  type NetworkHeader,
  networkFacts,
  parseNetworkHeader,
  pointAt,
  revealShape,
  serializeNetworkHeader,
  TASK_INPUT,
  traceTree,
  validateNetworkHeader,
} from '../packages/core/src/network/index.ts';

// What registering a network and the moves of a game cost at their worst, in processor time and as a multiple of one
// Keccak permutation of the same process. The deciding move is bench/network-judge.ts.
// Run with: npx tsx --conditions=aivm-source bench/game-moves.ts
const ROUNDS = 20;
const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 65_536 };

function millisecondsOf(run: () => void): number {
  run();
  const start = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000 / ROUNDS;
}

/** A chain of the smallest operators: as many as fit 64 KiB. */
function chainOf(count: number, width: number): NetworkHeader {
  const tensor = { type: 'i8', dims: [width] } as const;
  const operators = Array.from({ length: count }, (_, i) => ({
    kind: 'reshape',
    inputs: [i === 0 ? TASK_INPUT : i - 1],
    output: tensor,
    place: 0,
    attributes: {},
  })) as unknown as readonly HeaderOperator[];
  const fields = { version: 1, form: 'map', maxT: 1, vocabulary: 0, endTokens: [], maxNew: 0 } as const;
  return { ...fields, blobBytes: 0, input: tensor, repeats: [], operators, notes: '' };
}

/** Convolutions whose windows have the most places, each read by itself: the dearest operators to hold against a bound. */
function windowsOf(count: number): NetworkHeader {
  const tensor = { type: 'i8', dims: [64, 64, 1] } as const;
  const attributes = {
    ...{ kernelY: 32, kernelX: 32, strideY: 1, strideX: 1, dilationY: 1, dilationX: 2, top: 0, left: 0 },
    ...{ groups: 1, zx: 0, zy: 0, lo: -128, hi: 127 },
  };
  const operators = Array.from({ length: count }, (_, i) => ({
    kind: 'conv2d',
    inputs: [i === 0 ? TASK_INPUT : i - 1],
    output: tensor,
    place: 0,
    attributes,
  })) as unknown as readonly HeaderOperator[];
  return { ...chainOf(0, 1), blobBytes: 2 ** 30, input: tensor, operators };
}

const block = new Uint8Array(129);
const permutation =
  millisecondsOf(() => {
    for (let i = 0; i < 1_000; i++) keccak256(block);
  }) / 1_000;
const show = (name: string, milliseconds: number): void =>
  console.log(
    `${name.padEnd(44)} ${milliseconds.toFixed(2).padStart(8)} ms ${(milliseconds / permutation).toFixed(0).padStart(6)} permutations`,
  );

console.log(`one permutation of Keccak: ${(permutation * 1_000).toFixed(2)} µs`);
const largest = serializeNetworkHeader(chainOf(2_450, 8_192));
show(
  `check a header of ${largest.length} bytes`,
  millisecondsOf(() => validateNetworkHeader(parseNetworkHeader(largest), LIMITS)),
);
const windows = serializeNetworkHeader(windowsOf(1_050));
show(
  `check one of ${windows.length} bytes of the largest windows`,
  millisecondsOf(() => validateNetworkHeader(parseNetworkHeader(windows), LIMITS)),
);
show(
  'make its record',
  millisecondsOf(() => networkFacts(parseNetworkHeader(largest))),
);
show(
  'decode it for a move',
  millisecondsOf(() => createNetwork(parseNetworkHeader(largest), { T: 1, N: 0 })),
);

const network = createNetwork(chainOf(300, 65_536), { T: 1, N: 0 });
const bytes = new Uint8Array(network.traceBytes).map((_, i) => i * 31);
const trace = { bytes, tree: traceTree(network, { bytes }) };
const output = bytes.slice(-65_536);
const commitment = createCommitment(network, trace);
show(
  'accept a commitment, answer of 64 KiB',
  millisecondsOf(() => acceptCommitment(network, commitment, output)),
);
const leafCount = leafCountOf(network.traceBytes);
let { top: kept } = acceptCommitment(network, commitment, output);
for (let shape = revealShape(leafCount, kept); !shape.isLeaves; shape = revealShape(leafCount, kept)) {
  const node = kept;
  const pointed = pointAt(leafCount, node, shape.first);
  const reveal = createReveal(trace, node, pointed);
  show(
    `accept a reveal below level ${pointed.level}`,
    millisecondsOf(() => acceptReveal(leafCount, node, pointed, reveal)),
  );
  kept = acceptReveal(leafCount, node, pointed, reveal);
}
