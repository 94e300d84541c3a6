import { equalBytes } from '../../bytes/bytes.ts';
import { serialize } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { address, bytes32, text, u32 } from '../../bytes/codec/primitives.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { AivmError } from '../../errors/aivm-error.ts';
import type { Network } from '../header/network.ts';
import type { NetworkInput } from '../header/network-input.ts';
import { judgeWitness, type UnitVerdict, type Witness, type WitnessRoots } from '../judge/witness.ts';
import { rootOfLeaves } from '../trace/multiproof.ts';
import { LEAF_SIZE, leafCountOf } from '../trace/tree-shape.ts';
import { traceFacts } from './commitment.ts';
import { type KeptNode, revealShape } from './descent.ts';

/**
 * The last move: the witness of an element of a revealed leaf.
 *
 * @param kept the node below which the leaves were revealed
 * @throws AivmError `malformed` if no leaves are revealed yet, the leaf is none of them, or the witness does not open
 *   exactly what the unit reads
 */
export function acceptWitness(
  network: Network,
  input: NetworkInput,
  roots: WitnessRoots,
  kept: KeptNode,
  witness: Witness,
): UnitVerdict {
  const { first, count, isLeaves } = revealShape(leafCountOf(network.traceBytes), kept);
  if (!isLeaves) throw new AivmError('malformed', 'witness: no leaves are revealed yet; a point is due');
  if (witness.leaf < first || witness.leaf >= first + count)
    throw new AivmError(
      'malformed',
      `witness.leaf is ${witness.leaf}; the revealed leaves are ${first}…${first + count - 1}`,
    );
  return judgeWitness(network, input, roots, witness);
}

/** The challenger's own trace, opened at the pointed leaf. */
export interface OwnOpening {
  /** The leaf's 128 bytes. */
  readonly leaf: Uint8Array;
  readonly siblings: Uint8Array;
}

/** Whether the trace of `root`, opened at the witness' leaf, holds the right value where the committed one does not. */
export function ownsRightValue(
  network: Network,
  root: Uint8Array,
  { leaf, element }: Pick<Witness, 'leaf' | 'element'>,
  { right }: UnitVerdict,
  opening: OwnOpening,
): boolean {
  if (opening.leaf.length !== LEAF_SIZE) return false;
  let opened: Uint8Array;
  try {
    opened = rootOfLeaves(traceFacts(network), [leaf], opening.leaf, opening.siblings);
  } catch (error) {
    if (error instanceof AivmError) return false;
    throw error;
  }
  const start = element * right.length;
  return equalBytes(opened, root) && equalBytes(opening.leaf.subarray(start, start + right.length), right);
}

const TASK_ID_BYTES_MAX = 256;

const gameRootCodec = struct('GameRoot', {
  genesisHash: bytes32,
  taskId: text(TASK_ID_BYTES_MAX),
  /** Of an optimistic result; a panel's number for a redundant one. */
  attempt: u32,
  root: bytes32,
  sender: address,
  salt: bytes32,
});

/** What a challenger commits its own root by, before it sees the provider's. */
export interface GameRootParameters {
  readonly genesisHash: Uint8Array;
  readonly taskId: string;
  readonly attempt: number;
  readonly root: Uint8Array;
  readonly sender: Uint8Array;
  readonly salt: Uint8Array;
}

/** The commitment to a challenger's own root. The salt hides it, so that no later challenger can copy it. */
export const hashGameRoot = (parameters: GameRootParameters): Uint8Array =>
  namedHash('GameRoot', serialize(gameRootCodec, parameters));
