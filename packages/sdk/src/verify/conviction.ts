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
import {
  createNetwork,
  HEADER_BYTES_MAX,
  judgeWitness,
  type Network,
  type NetworkInput,
  parseNetworkHeader,
  runningOperator,
  type UnitVerdict,
} from '@aivm/core/network';

const ID_BYTES_MAX = 256;
const PAYLOAD_BYTES_MAX = 262_144;
const PART_BYTES_MAX = 49_152;
const CHECKSUM_SIZE = 32;
const TOKEN_BYTES = 4;

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
  const { network, input } = passOf(conviction);
  const roots = { trace: conviction.root, blob: conviction.weightHash };
  const verdict = judgeWitness(network, input, roots, conviction);
  const { written } = runningOperator(network, verdict.unit.tensor);
  return { ...verdict, conviction, operator: network.header.operators[written]!.kind };
}

function passOf({ header: bytesOfHeader, input, output }: Conviction): {
  readonly network: Network;
  readonly input: NetworkInput;
} {
  const header = parseNetworkHeader(bytesOfHeader);
  if (header.form === 'map')
    return {
      network: createNetwork(header, { T: 1, N: 0 }),
      input: { bytes: input, tokens: new Uint32Array(0) },
    };
  const posted = header.form === 'decoder' ? tokensOf(output) : [];
  const tokens = Uint32Array.of(...tokensOf(input), ...posted);
  const T = header.form === 'decoder' ? tokens.length - 1 : tokens.length;
  if (T < 1 || T > header.maxT || tokens.some((token) => token >= header.vocabulary))
    throw new AivmError('malformed', 'conviction: input and output are no text of the network');
  return {
    network: createNetwork(header, { T, N: posted.length }),
    input: { bytes: new Uint8Array(0), tokens },
  };
}

function tokensOf(payload: Uint8Array): readonly number[] {
  if (payload.length % TOKEN_BYTES !== 0)
    throw new AivmError('malformed', `conviction: ${payload.length} bytes are no tokens of ${TOKEN_BYTES}`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  return Array.from({ length: payload.length / TOKEN_BYTES }, (_, i) =>
    view.getUint32(i * TOKEN_BYTES, true),
  );
}
