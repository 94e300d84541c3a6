import type { CodecValue } from '../../bytes/codec/codec.ts';
import { struct } from '../../bytes/codec/composites.ts';
import { bool, text, u32 } from '../../bytes/codec/primitives.ts';
import { LIMITS } from '../limits.ts';

/** A GPU as its owner declares it; nothing here is trusted. Decimals are text, because core has no floats. */
export const gpuInfoCodec = struct('GPUInfo', {
  model: text(LIMITS.nameBytesMax),
  memoryGb: u32,
  /** Decimal text, e.g. "82.6". */
  tflops: text(LIMITS.decimalBytesMax),
  available: bool,
  /** Decimal text, degrees Celsius. */
  temperature: text(LIMITS.decimalBytesMax),
  /** Decimal text, percent. */
  utilization: text(LIMITS.decimalBytesMax),
});

export type GPUInfo = CodecValue<typeof gpuInfoCodec>;
