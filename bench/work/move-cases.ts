import { noblePrimitives } from '@aivm/core/attestation';
import {
  acceptCommitment,
  acceptReveal,
  createCommitment,
  createHashTree,
  createNetwork,
  createReveal,
  createWitness,
  type HeaderOperator,
  judgeWitness,
  leafCountOf,
  type MoveName,
  moveNumber,
  parseNetworkHeader,
  pointAt,
  revealShape,
  TASK_INPUT,
  traceTree,
} from '@aivm/core/network';
import { nodePrimitives } from '@aivm/node';
import { makeWorstCases } from '@aivm/test-authority';
import { timed } from '../../packages/cli/src/bench/measure.ts';
import { operationDefinition } from '../../packages/core/src/tx/operations/operations.ts';
import { chainHeader, chainOf } from './headers.ts';
import type { Measured } from './measure.ts';

/** The arithmetic and the hashes of a move; its transaction and its records are measured elsewhere. */
const moveOf = (name: string, move: MoveName, bytes: number, run: () => void): Measured => {
  const { work } = operationDefinition('disputeMove');
  const of = { taskId: '', game: 0, move: moveNumber(move), body: new Uint8Array(0) };
  return {
    name: `disputeMove, ${name}`,
    count: 1,
    work: (typeof work === 'number' ? work : work(of)) + Math.ceil(bytes / 64),
    round: () => timed(run)[0],
  };
};

const noise = (size: number): Uint8Array =>
  new Uint8Array(size).map((_, i) => Math.imul(i, 2_654_435_761) >>> 24);

/** The widest unit that a header may have: a row of 12,288 weights, which its witness opens with as many activations. */
function widestWitness(decode: () => void): Measured {
  const input = { type: 'i8', dims: [12_288] } as const;
  const attributes = { leading: 0, zx: 0, zy: 0, lo: -128, hi: 127 };
  const operators = [
    { kind: 'reshape', inputs: [TASK_INPUT], output: input, place: 0, attributes: {} },
    { kind: 'dense', inputs: [0], output: { type: 'i8', dims: [16] }, place: 0, attributes },
  ] as unknown as readonly HeaderOperator[];
  const blob = noise(16 * 128 * Math.ceil((12_288 + 9) / 128));
  const network = createNetwork(
    { ...chainOf(0, 1), input, operators, blobBytes: blob.length },
    { T: 1, N: 0 },
  );
  const task = { bytes: new Uint8Array(0), tokens: new Uint32Array(0) };
  const bytes = noise(network.traceBytes);
  const trace = { bytes, tree: traceTree(network, { bytes }) };
  const weights = { bytes: blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
  const roots = { trace: trace.tree.root, blob: weights.tree.root };
  const place = { leaf: leafCountOf(network.traceBytes) - 1, element: 0 };
  const witness = createWitness(network, task, place, trace, weights);
  const { traceLeaves, traceSiblings, blobLeaves, blobSiblings } = witness;
  const size = traceLeaves.length + traceSiblings.length + blobLeaves.length + blobSiblings.length;
  return moveOf('a witness', 'witness', size, () => {
    decode();
    judgeWitness(network, task, roots, witness);
  });
}

/** Moves at their worst: a header of 64 KiB is decoded for each that looks at the network. */
export function moveCases(): readonly Measured[] {
  const header = chainHeader();
  const decode = (): void => void createNetwork(parseNetworkHeader(header), { T: 1, N: 0 });
  const network = createNetwork(chainOf(300, 65_536), { T: 1, N: 0 });
  const bytes = new Uint8Array(network.traceBytes).map((_, i) => i * 31);
  const trace = { bytes, tree: traceTree(network, { bytes }) };
  const output = bytes.slice(-65_536);
  const commitment = createCommitment(network, trace);
  const { top } = acceptCommitment(network, commitment, output);
  const leafCount = leafCountOf(network.traceBytes);
  const pointed = pointAt(leafCount, top, revealShape(leafCount, top).first);
  const reveal = createReveal(trace, top, pointed);
  return [
    moveOf('a commitment to 64 KiB', 'commit', 12_288, () => {
      decode();
      acceptCommitment(network, commitment, output);
    }),
    moveOf('a point', 'point', 256, () => pointAt(leafCount, top, revealShape(leafCount, top).first)),
    moveOf('a reveal', 'reveal', 8_576, () => acceptReveal(leafCount, top, pointed, reveal)),
    widestWitness(decode),
  ];
}

/** Evidence and vendors' documents. @param isPortable with the primitives of the reference */
export const evidenceCases = (isPortable: boolean): readonly Measured[] =>
  makeWorstCases().map(({ name, work, verify }) => ({
    name: `evidence: ${name}`,
    ...{ count: 1, work },
    round: () => timed(() => verify(isPortable ? noblePrimitives : nodePrimitives))[0],
  }));
