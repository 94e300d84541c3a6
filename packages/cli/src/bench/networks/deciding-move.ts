import { chooseNetworkEngine } from '@aivm/backends';
import {
  blobLeavesOf,
  createHashTree,
  createNetwork,
  createWitness,
  type HashTree,
  judgeWitness,
  LEAF_SIZE,
  leafCountOf,
  type Network,
  type NetworkHeader,
  type NetworkInput,
  openedLeaves,
  operatorOf,
  parseMove,
  parseNetworkHeader,
  planUnit,
  rootOfLeaves,
  runningOperator,
  serializeMove,
  serializeNetworkHeader,
  tensorOffset,
  traceTree,
  treeDepth,
  validateNetworkHeader,
  type Witness,
  type WitnessRoots,
  witnessBound,
} from '@aivm/core/network';
import { denseStack } from './layers.ts';
import { type Rounds, secondsOf, someBytes } from './processor-time.ts';

/** What the deciding move costs for a network of one size. */
export interface DecidingMoveRow {
  readonly macs: number;
  /** Bytes of header, trace and weights. */
  readonly headerBytes: number;
  readonly traceBytes: number;
  readonly blobBytes: number;
  /** Whether trace and weights were made in full; else the header, and openings whose hashes are made up. */
  readonly isWhole: boolean;
  readonly witnessBytes: number;
  /** What a header of this size may need at most. */
  readonly boundBytes: number;
  /** Decoding the header, parsing the move and judging it, in milliseconds. */
  readonly milliseconds: number;
}

const LIMITS = { maxWitnessBytes: 40_960, maxInputBytes: 262_144, maxOutputBytes: 2 ** 30 };
const NO_TOKENS = new Uint32Array(0);
const HASH_SIZE = 32;
const ARITY = 4;

/** Rows, width and layers: 10^4 to 10^12 multiply–adds, the width of the largest as wide as rows of int16 may be. */
const SIZES: readonly (readonly [rows: number, width: number, layers: number, isWhole: boolean])[] = [
  [1, 100, 1, true],
  [1, 1_000, 1, true],
  [8, 3_536, 1, true],
  [16, 7_680, 11, false],
  [16, 7_680, 1_060, false],
];

/** Siblings that lead from `leaves` (ascending) to the root. */
function siblingCount(leafCount: number, leaves: readonly number[]): number {
  let nodes: readonly number[] = leaves;
  let count = 0;
  for (let level = 0, width = leafCount; level < treeDepth(leafCount); level++) {
    const parents = [...new Set(nodes.map((node) => Math.floor(node / ARITY)))];
    for (const parent of parents) count += Math.min(ARITY, width - parent * ARITY);
    count -= nodes.length;
    nodes = parents;
    width = Math.ceil(width / ARITY);
  }
  return count;
}

interface Opening {
  readonly witness: Witness;
  readonly roots: WitnessRoots;
}

/** A witness of the first element of the last tensor whose leaves and siblings are made up, and the roots that follow. */
function synthesize(network: Network, input: NetworkInput, leaf: number): Opening {
  const unit = { tensor: network.tensorCount - 1, element: 0 };
  const { traceLeaves } = planUnit(network, unit, input);
  const opened = [...new Set([...traceLeaves, leaf])].sort((left, right) => left - right);
  const trace = someBytes(opened.length * LEAF_SIZE);
  const weights = blobLeavesOf(network, unit, input, openedLeaves(opened, trace));
  const blob = someBytes(weights.length * LEAF_SIZE);
  const siblings = (byteLength: number, leaves: readonly number[]) =>
    someBytes(siblingCount(leafCountOf(byteLength), leaves) * HASH_SIZE);
  const { traceBytes, header } = network;
  const traceSiblings = siblings(traceBytes, opened);
  const blobSiblings = siblings(header.blobBytes, weights);
  const facts = { name: 'Trace', byteLength: traceBytes, rows: network.size.T } as const;
  const blobFacts = { name: 'Blob', byteLength: header.blobBytes, rows: 0 } as const;
  return {
    witness: { leaf, element: 0, traceLeaves: trace, traceSiblings, blobLeaves: blob, blobSiblings },
    roots: {
      trace: rootOfLeaves(facts, opened, trace, traceSiblings),
      blob: rootOfLeaves(blobFacts, weights, blob, blobSiblings),
    },
  };
}

/** The same from a trace that was computed, under the trees over it and over the weights. */
async function compute(network: Network, input: NetworkInput, leaf: number): Promise<Opening> {
  const { header } = network;
  const blob = someBytes(header.blobBytes);
  const { engine } = chooseNetworkEngine({ environment: process.env });
  const { bytes } = await engine.load(header, blob).pass({ network, input });
  const trace = { bytes, tree: traceTree(network, { bytes }) };
  const weights: { bytes: Uint8Array; tree: HashTree } = {
    bytes: blob,
    tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]),
  };
  const witness = createWitness(network, input, { leaf, element: 0 }, trace, weights);
  const roots = { trace: trace.tree.root, blob: weights.tree.root };
  if (!judgeWitness(network, input, roots, witness).isRight)
    throw new Error('an honest element was convicted');
  return { witness, roots };
}

/** The largest bound of the header's operators. */
function boundOf(network: Network): number {
  const leaves = {
    traceLeaves: leafCountOf(network.traceBytes),
    blobLeaves: leafCountOf(network.header.blobBytes),
  };
  const bounds = Array.from({ length: network.header.operators.length }, (_, tensor) => {
    const { written, node } = runningOperator(network, tensor);
    return witnessBound(operatorOf(network.header.operators[written]!.kind).reads(node), leaves);
  });
  return Math.max(...bounds);
}

async function measure(
  header: NetworkHeader,
  isWhole: boolean,
  rounds: Rounds,
): Promise<Omit<DecidingMoveRow, 'macs'>> {
  validateNetworkHeader(header, LIMITS);
  const headerBytes = serializeNetworkHeader(header);
  const network = createNetwork(header, { T: 1, N: 0 });
  const { dims } = header.input!;
  const input = { bytes: someBytes((dims[0] as number) * (dims[1] as number) * 2), tokens: NO_TOKENS };
  const leaf = tensorOffset(network, network.tensorCount - 1) / LEAF_SIZE;
  const { witness, roots } = isWhole ? await compute(network, input, leaf) : synthesize(network, input, leaf);
  const none = new Uint8Array(0);
  const secret = new Uint8Array(HASH_SIZE);
  const body = serializeMove({
    move: 'witness',
    ...witness,
    ...{ ownRoot: secret, salt: secret, ownLeaf: none, ownSiblings: none },
  });
  const seconds = await secondsOf(() => {
    const move = parseMove(3, body);
    if (move.move !== 'witness') throw new Error(`expected a witness, got a ${move.move}`);
    const decoded = createNetwork(parseNetworkHeader(headerBytes), { T: 1, N: 0 });
    judgeWitness(decoded, input, roots, move);
  }, rounds);
  const { traceLeaves, traceSiblings, blobLeaves, blobSiblings } = witness;
  return {
    headerBytes: headerBytes.length,
    traceBytes: network.traceBytes,
    blobBytes: header.blobBytes,
    isWhole,
    witnessBytes: traceLeaves.length + traceSiblings.length + blobLeaves.length + blobSiblings.length,
    boundBytes: boundOf(network),
    milliseconds: seconds * 1_000,
  };
}

/** The deciding move of a dispute about networks of 10^4 to 10^12 multiply–adds. */
export async function benchDecidingMove(
  { smoke, rounds }: { readonly smoke: boolean; readonly rounds: Rounds },
  onRow: (row: DecidingMoveRow) => void,
): Promise<readonly DecidingMoveRow[]> {
  const rows: DecidingMoveRow[] = [];
  for (const [count, width, layers, isWhole] of SIZES) {
    const macs = count * width * width * layers;
    // Hashing the weights of the larger ones takes seconds.
    const whole = isWhole && (!smoke || macs <= 1e6);
    const row = { macs, ...(await measure(denseStack(count, width, layers), whole, rounds)) };
    onRow(row);
    rows.push(row);
  }
  return rows;
}
