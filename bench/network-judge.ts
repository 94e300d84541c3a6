import { parseArgs } from 'node:util';
import { keccak256 } from '@aivm/core/crypto';
import {
  createHashTree,
  createNetwork,
  createWitness,
  type HeaderOperator,
  judgeWitness,
  type NetworkHeader,
  TASK_INPUT,
  type TensorSpec,
  traceTree,
  validateNetworkHeader,
} from '../packages/core/src/network/index.ts';

// What the deciding move of a dispute costs: judging the widest units that headers may have, over random bytes, as a
// multiple of one Keccak permutation of the same process.
// Run with: npx tsx --conditions=aivm-source bench/network-judge.ts [--rounds N] [--json]
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, json: { type: 'boolean', default: false } },
});
const ROUNDS = Number(values.rounds);
const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 2 ** 30 };

const noise = (size: number): Uint8Array => {
  const bytes = new Uint8Array(size);
  for (let i = 0, state = size; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
};

/** A copy of the input in the trace, where a witness has to open it, and the operator over it. */
function over(
  input: TensorSpec,
  kind: HeaderOperator['kind'],
  output: TensorSpec,
  attributes: object,
  blobBytes = 0,
): NetworkHeader {
  const copy = { kind: 'reshape', inputs: [TASK_INPUT], output: input, place: 0, attributes: {} };
  const operator = { kind, inputs: kind === 'normsum' ? [0, 1] : [0], output, place: 0, attributes };
  const most = {
    kind: 'rowmax',
    inputs: [0],
    output: { type: 'u32', dims: [1] },
    place: 0,
    attributes: { segment: 4_096, abs: true },
  };
  // The attributes are those of the kind.
  const operators = (kind === 'normsum'
    ? [copy, most, operator]
    : [copy, operator]) as unknown as HeaderOperator[];
  const fields = { version: 1, form: 'map', maxT: 1, vocabulary: 0, endTokens: [], maxNew: 0 } as const;
  return { ...fields, blobBytes, input, repeats: [], operators, notes: '' };
}

const dense = (type: 'i8' | 'i16', width: number): NetworkHeader =>
  over(
    { type, dims: [width] },
    'dense',
    { type: 'i8', dims: [16] },
    { leading: 0, zx: 0, zy: 0, lo: -128, hi: 127 },
    16 * 128 * Math.ceil((width + 9) / 128),
  );
const cases: Readonly<Record<string, NetworkHeader>> = {
  'dense, 12,288 i8': dense('i8', 12_288),
  'dense, 7,680 i16': dense('i16', 7_680),
  'rowsum, 16,384 i8': over(
    { type: 'i8', dims: [16_384] },
    'rowsum',
    { type: 'i64', dims: [1] },
    { segment: 16_384, abs: false },
  ),
  'normsum, 4,096 i32': over(
    { type: 'i32', dims: [4_096] },
    'normsum',
    { type: 'i64', dims: [1] },
    { segment: 4_096, square: true },
  ),
};

function millisecondsOf(run: () => void): number {
  run();
  const start = performance.now();
  for (let round = 0; round < ROUNDS; round++) run();
  return (performance.now() - start) / ROUNDS;
}

const block = noise(129);
const permutation =
  millisecondsOf(() => {
    for (let i = 0; i < 100; i++) keccak256(block);
  }) / 100;

const results = Object.entries(cases).map(([name, header]) => {
  validateNetworkHeader(header, LIMITS);
  const network = createNetwork(header, { T: 1, N: 0 });
  const input = { bytes: new Uint8Array(0), tokens: new Uint32Array(0) };
  const bytes = noise(network.traceBytes);
  const blob = noise(header.blobBytes);
  const trace = { bytes, tree: traceTree(network, { bytes }) };
  const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
  const roots = { trace: trace.tree.root, blob: weights.tree.root };
  const leaf = network.traceBytes / 128 - 1;
  const witness = createWitness(network, input, { leaf, element: 0 }, trace, weights);
  const { traceLeaves, traceSiblings, blobLeaves, blobSiblings } = witness;
  const size = traceLeaves.length + traceSiblings.length + blobLeaves.length + blobSiblings.length;
  const milliseconds = millisecondsOf(() => judgeWitness(network, input, roots, witness));
  return { name, witnessBytes: size, milliseconds, permutations: milliseconds / permutation };
});

if (values.json) {
  console.log(JSON.stringify({ permutationMs: permutation, results }));
} else {
  console.log(`one permutation of Keccak: ${(permutation * 1_000).toFixed(2)} µs`);
  for (const { name, witnessBytes, milliseconds, permutations } of results)
    console.log(
      `${name.padEnd(20)} ${String(witnessBytes).padStart(6)} bytes  ${milliseconds.toFixed(2)} ms  ${permutations.toFixed(0)} permutations`,
    );
}
