import { type CodecValue, serialize } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { bytes32, height, text, u8, u64 } from '../../bytes/codec/primitives.ts';
import { namedHash } from '../../crypto/named-hash.ts';
import { LIMITS } from '../limits.ts';

/** One for every final task, for ever; leaf `index` of the receipts tree. */
export const receiptCodec = struct('Receipt', {
  jobId: text(LIMITS.idBytesMax),
  providers: list(text(LIMITS.idBytesMax), 15),
  modelRoot: bytes32,
  modelVersion: u64,
  inputHash: bytes32,
  outputHash: bytes32,
  computeTimeMs: u64,
  gpuModel: text(LIMITS.nameBytesMax),
  mode: u8,
  /** Height and block time (seconds) at which it became final. */
  height,
  timestamp: height,
});

export type Receipt = CodecValue<typeof receiptCodec>;

/** The leaf of a receipt in the receipts tree: 32 bytes. */
export const receiptLeaf = (receipt: Receipt): Uint8Array =>
  namedHash('Receipt', serialize(receiptCodec, receipt));
