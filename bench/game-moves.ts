import { keccak256 } from '@aivm/core/crypto';
import {
  acceptCommitment,
  acceptReveal,
  createCommitment,
  createNetwork,
  createReveal,
  leafCountOf,
  networkFacts,
  parseNetworkHeader,
  pointAt,
  revealShape,
  traceTree,
  validateNetworkHeader,
} from '../packages/core/src/network/index.ts';
import { chainHeader, chainOf, windowsHeader } from './work/headers.ts';

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
const largest = chainHeader();
show(
  `check a header of ${largest.length} bytes`,
  millisecondsOf(() => validateNetworkHeader(parseNetworkHeader(largest), LIMITS)),
);
const windows = windowsHeader();
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
