import { blockHeaderCodec, blockId } from '@aivm/core/block';
import {
  bytes32,
  bytesToHex,
  type CodecValue,
  equalBytes,
  list,
  parse,
  serialize,
  struct,
  u32,
} from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { AivmError } from '@aivm/core/errors';
import { receiptsRootOfParts, stateRootOfParts } from '@aivm/core/state';

/** The version of manifests and chunks. */
export const SNAPSHOT_FORMAT = 1;
/** A manifest of so many parts is below the 4 MB that CometBFT takes. */
export const STATE_PARTS_MAX = 32_768;
const RECEIPT_PARTS_MAX = 32_768;
/** Below the 16 MB that CometBFT takes. */
export const CHUNK_BYTES_MAX = 15_000_000;
/** Above any manifest. */
export const MANIFEST_BYTES_MAX = 4_000_000;

/** What a snapshot is of, and the hashes that its chunks lead to. */
export const manifestCodec = struct('SnapshotManifest', {
  format: u32,
  genesisHash: bytes32,
  /** Of the block whose state it is. */
  header: blockHeaderCodec,
  /** The nodes of the state tree that the chunks of values are, in ascending order. */
  state: list(struct('StatePart', { keyHash: bytes32, hash: bytes32 }), STATE_PARTS_MAX),
  /** The nodes of the receipts tree that the chunks of receipts are, in order. */
  receipts: list(bytes32, RECEIPT_PARTS_MAX),
});

/** A snapshot as its manifest describes it; the roots of its header follow from the hashes in it. */
export interface Snapshot extends CodecValue<typeof manifestCodec> {
  /** The bytes of the manifest, and their hash, which names the snapshot. */
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  /** Of the block whose state it is. */
  readonly blockId: Uint8Array;
  /** The block with its outcomes, then values, then receipts. */
  readonly chunkCount: number;
}

/**
 * Reads a manifest. What it says of the chunks leads to the roots of the header that it says it is of; that the header is one
 * of the chain is for the caller to know.
 * @throws AivmError `malformed`, `too_large`, `not_supported` for another format.
 */
export function parseSnapshot(bytes: Uint8Array): Snapshot {
  if (bytes.length > MANIFEST_BYTES_MAX) {
    throw new AivmError(
      'too_large',
      `snapshot: a manifest of ${bytes.length} bytes, at most ${MANIFEST_BYTES_MAX}`,
    );
  }
  const format = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (format !== SNAPSHOT_FORMAT) {
    throw new AivmError('not_supported', `snapshot: format ${format}, this version reads ${SNAPSHOT_FORMAT}`);
  }
  const manifest = parse(manifestCodec, bytes);
  const { header, state, receipts } = manifest;
  if (!equalBytes(stateRootOfParts(state), header.stateRoot)) {
    throw new AivmError('malformed', 'snapshot: its parts do not lead to the state root of its header');
  }
  if (!equalBytes(receiptsRootOfParts(receipts, header.receiptCount), header.receiptsRoot)) {
    throw new AivmError('malformed', 'snapshot: its parts do not lead to the receipts root of its header');
  }
  return {
    ...manifest,
    bytes,
    hash: keccak256(bytes),
    blockId: blockId(header),
    chunkCount: 1 + state.length + receipts.length,
  };
}

export const createSnapshot = (manifest: CodecValue<typeof manifestCodec>): Snapshot =>
  parseSnapshot(serialize(manifestCodec, manifest));

/** How people name a snapshot. */
export const snapshotName = ({ header, blockId: id }: Pick<Snapshot, 'header' | 'blockId'>): string =>
  `the snapshot of height ${header.height}, block 0x${bytesToHex(id).slice(0, 16)}…`;
