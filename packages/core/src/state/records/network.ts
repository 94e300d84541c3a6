import type { CodecValue } from '../../bytes/codec/codec.ts';
import { list, struct } from '../../bytes/codec/composites.ts';
import { height, u8, u32, u64, u128 } from '../../bytes/codec/primitives.ts';

/** Forms of a network by number, as headers write them. */
export const NETWORK_FORMS = ['map', 'encoder', 'decoder'] as const;

/** Terms of distinct powers of two lengths; a tensor has four axes and a unit one more. */
const TERMS_MAX = 64;
const END_TOKENS_MAX = 16;

/** coefficient · T^t · N^n, summed. */
const polynomialCodec = list(struct('Term', { coefficient: u128, t: u8, n: u8 }), TERMS_MAX);

/** What operations ask of a network, so that none of them decodes its header. It never changes. */
export const networkRecordCodec = struct('NetworkRecord', {
  /** Its place in {@link NETWORK_FORMS}. */
  form: u8,
  maxT: u32,
  /** Tokens are below it; 0 for a map. */
  vocabulary: u32,
  endTokens: list(u32, END_TOKENS_MAX),
  /** The most tokens that a decoder posts; 0 for the other forms. */
  maxNew: u32,
  blobBytes: height,
  /** Bytes of a map's input; 0 for a text. */
  inputBytes: u32,
  /** Bytes of an answer to a text of T rows and N new tokens. */
  outputBytes: polynomialCodec,
  /** Work of one pass over such a text. */
  work: polynomialCodec,
  maxWork: u64,
  maxTraceBytes: height,
  /** Levels of the largest trace's tree above its leaves. */
  maxDepth: u8,
});

export type NetworkRecord = CodecValue<typeof networkRecordCodec>;
