import { noblePrimitives } from '@aivm/core/attestation';
import {
  acceptCommitment,
  acceptReveal,
  createCommitment,
  createNetwork,
  createReveal,
  leafCountOf,
  type MoveName,
  moveNumber,
  parseNetworkHeader,
  pointAt,
  revealShape,
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
    moveOf('a reveal', 'reveal', 8_576, () => acceptReveal(leafCount, top, pointed, reveal)),
  ];
}

/** Evidence and vendors' documents. @param isPortable with the primitives of the reference */
export const evidenceCases = (isPortable: boolean): readonly Measured[] =>
  makeWorstCases().map(({ name, work, verify }) => ({
    name: `evidence: ${name}`,
    ...{ count: 1, work },
    round: () => timed(() => verify(isPortable ? noblePrimitives : nodePrimitives))[0],
  }));
