import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import { type Codec, type CodecValue, parse, refuseValue, serialize } from '../bytes/codec/codec.ts';
import { struct } from '../bytes/codec/composites.ts';
import { bytes32, height, u64 } from '../bytes/codec/primitives.ts';
import { keccak256 } from '../crypto/keccak.ts';
import { namePrefix } from '../crypto/named-hash.ts';
import { AivmError, requireThat } from '../errors/aivm-error.ts';
import { AnchorOp } from '../layout/anchor-op.ts';

/** The operation as the kernels take it; what it writes into its padding is zero. */
const anchorOpBytes: Codec<Uint8Array> = {
  typeName: 'AnchorOp',
  write: (writer, value, name) => {
    if (value.length !== AnchorOp.SIZE) refuseValue(name, `${AnchorOp.SIZE} bytes`, value);
    writer.bytes(value);
  },
  read: (reader) => reader.bytes(AnchorOp.SIZE),
  toJson: () => {
    throw new TypeError('AnchorOp: has no JSON form');
  },
};

const anchorMessageCodec = struct('AnchorMessage', {
  chainId: u64,
  /** Anchors of a chain are numbered from 0 without gaps. */
  number: u64,
  /** Leaves of the receipts tree whose root is the operation's CommitRoot. */
  receiptCount: height,
  /** The block that made it; its header holds the same root. */
  blockId: bytes32,
  op: anchorOpBytes,
});

/** One anchor as it is handed to another chain. */
export type AnchorMessage = CodecValue<typeof anchorMessageCodec>;

/** The members of an anchor's operation, read out of its bytes. */
export interface AnchorFields {
  readonly commitRoot: Uint8Array;
  readonly parentRoot: Uint8Array;
  readonly validatorSetRoot: Uint8Array;
  readonly height: number;
  readonly timestampNs: bigint;
  readonly epoch: number;
}

/**
 * The canonical bytes: "aivm/v1/Anchor\0" ‖ u64 chain id ‖ u64 number ‖ u64 receipt count ‖ block id ‖ the 128 bytes of
 * the AnchorOp; integers little-endian, 199 bytes. Their Keccak-256 is the anchor's id.
 */
export const serializeAnchorMessage = (message: AnchorMessage): Uint8Array =>
  concatBytes(namePrefix('Anchor'), serialize(anchorMessageCodec, message));

/** @throws AivmError `malformed` for anything that {@link serializeAnchorMessage} does not give. */
export function parseAnchorMessage(bytes: Uint8Array): AnchorMessage {
  const prefix = namePrefix('Anchor');
  const isNamed = equalBytes(bytes.subarray(0, prefix.length), prefix);
  requireThat(isNamed, 'malformed', () => 'anchor message: does not begin with its name');
  const message = parse(anchorMessageCodec, bytes.subarray(prefix.length));
  const { commitRoot, parentRoot, validatorSetRoot, height, timestampNs, epoch } = anchorFields(message);
  const op = AnchorOp.create({
    CommitRoot: commitRoot,
    ParentRoot: parentRoot,
    ValidatorSetRootAtCommit: validatorSetRoot,
    Height: BigInt(height),
    TimestampNS: timestampNs,
    Epoch: epoch,
  });
  requireThat(equalBytes(op.bytes, message.op), 'malformed', () => 'anchor message: padding is not zero');
  return message;
}

/** What the operation of an anchor says. @throws AivmError `malformed` for a height above 2^53 − 1. */
export function anchorFields({ op }: Pick<AnchorMessage, 'op'>): AnchorFields {
  const view = AnchorOp.at(op.slice());
  if (view.Height > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new AivmError('malformed', `anchor message: height ${view.Height} is above 2^53−1`);
  }
  return {
    commitRoot: view.CommitRoot.slice(),
    parentRoot: view.ParentRoot.slice(),
    validatorSetRoot: view.ValidatorSetRootAtCommit.slice(),
    height: Number(view.Height),
    timestampNs: view.TimestampNS,
    epoch: view.Epoch,
  };
}

/** What names an anchor everywhere: Keccak-256 of its canonical bytes. */
export const anchorId = (message: AnchorMessage): Uint8Array => keccak256(serializeAnchorMessage(message));
