import {
  address,
  bytes,
  bytes32,
  type CodecValue,
  concatBytes,
  equalBytes,
  height,
  parse,
  serialize,
  struct,
  text,
  u8,
} from '@aivm/core/bytes';
import { namedHash } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { HEADER_BYTES_MAX, judgeWitness, runningOperator, type UnitVerdict } from '@aivm/core/network';
import { passOfTask } from './task-pass.ts';

const ID_BYTES_MAX = 256;
const PAYLOAD_BYTES_MAX = 262_144;
const PART_BYTES_MAX = 49_152;
const CHECKSUM_SIZE = 32;

const convictionCodec = struct('Conviction', {
  /** Always 1. */
  version: u8,
  genesisHash: bytes32,
  taskId: text(ID_BYTES_MAX),
  provider: text(ID_BYTES_MAX),
  challenger: address,
  /** Of the block with the deciding move. */
  decidedAtHeight: height,
  header: bytes(HEADER_BYTES_MAX),
  weightHash: bytes32,
  input: bytes(PAYLOAD_BYTES_MAX),
  /** The output that was posted. */
  output: bytes(PAYLOAD_BYTES_MAX),
  /** The root of the trace that the provider committed to. */
  root: bytes32,
  leaf: height,
  element: u8,
  traceLeaves: bytes(PART_BYTES_MAX),
  traceSiblings: bytes(PART_BYTES_MAX),
  blobLeaves: bytes(PART_BYTES_MAX),
  blobSiblings: bytes(PART_BYTES_MAX),
});

/** All that the verdict about one element follows from. */
export type Conviction = CodecValue<typeof convictionCodec>;

/** What a conviction file shows when its element is computed again. */
export interface ConvictionVerdict extends UnitVerdict {
  readonly conviction: Conviction;
  /** The kind of operator that writes the element. */
  readonly operator: string;
}

/**
 * The bytes of a file: the members, then a hash of them that tells a damaged file from a wrong one.
 *
 * @example serializeConviction(conviction).length > 1_000 // true
 */
export function serializeConviction(conviction: Conviction): Uint8Array {
  const body = serialize(convictionCodec, conviction, 'conviction');
  return concatBytes(body, namedHash('Conviction', body));
}

/**
 * Computes the verdict of a conviction file again, from its bytes alone: offline, in a browser as well.
 *
 * @example verifyConviction(serializeConviction(conviction)).isRight // false
 * @throws AivmError `malformed` for a file that was changed, or whose witness does not open what its element reads
 */
export function verifyConviction(file: Uint8Array): ConvictionVerdict {
  const body = file.subarray(0, Math.max(0, file.length - CHECKSUM_SIZE));
  if (!equalBytes(namedHash('Conviction', body), file.subarray(body.length)))
    throw new AivmError('malformed', 'conviction: the bytes do not have the hash at their end');
  const conviction = parse(convictionCodec, body, 'conviction');
  if (conviction.version !== 1)
    throw new AivmError('malformed', `conviction: version ${conviction.version}; this program reads 1`);
  const { network, input } = passOfTask(conviction);
  const roots = { trace: conviction.root, blob: conviction.weightHash };
  const verdict = judgeWitness(network, input, roots, conviction);
  const { written } = runningOperator(network, verdict.unit.tensor);
  return { ...verdict, conviction, operator: network.header.operators[written]!.kind };
}
