import { InferenceOp, InferenceResult, InferenceWeights } from '@aivm/core/layout';
import { DIGEST_WORDS, hashesWgsl } from './keccak-wgsl.ts';
import { kernelWgsl, storeWords, wordsAt } from './kernel-wgsl.ts';

const { ModelHash, PolicyHash, Salt, Mode, InputLen, OutputCapacity, TimestampNS } = InferenceOp.fields;
const weight = InferenceWeights.fields;
const result = InferenceResult.fields;

/** Where the device leaves the output byte, in the padding after AttestationRoot; the host takes it from there. */
export const SCORE_OFFSET = result.AttestationRoot.offset + result.AttestationRoot.size;

const opWords = ({ offset, size }: { offset: number; size: number }): string[] =>
  wordsAt('ops', 'op', offset / 4, size / 4);

const eight = (array: string): string[] => Array.from({ length: 8 }, (_, word) => `${array}[${word}]`);

/** The 32 bytes of input lie at the op's own place: the host gathered them. */
const inputWords = eight('x');

/** Statements that store a digest, and keep it in a variable for a later hash. */
const keep = (array: string, { offset }: { offset: number }): string =>
  `${array} = array<u32, 8>(${DIGEST_WORDS.join(', ')});\n${storeWords('result', offset / 4, eight(array))}`;

const wrongModel = opWords(ModelHash)
  .map((word, place) => `(${word} ^ weights[${weight.ModelHash.offset / 4 + place}u])`)
  .join(' | ');

const FUNCTIONS = `
fn signedByte(word: u32, place: u32) -> i32 {
  return extractBits(bitcast<i32>(word), place * 8u, 8u);
}
// As a byte a negative shift is 128…255: everything past 31 fills with the sign.
fn scaled(sum: i32, shift: u32) -> i32 {
  return clamp(sum >> min(shift & 0xffu, 31u), -128, 127);
}
fn classify(x: array<u32, 8>) -> u32 {
  let shifts = weights[${weight.Shift1.offset / 4}u];
  var output = bitcast<i32>(weights[${weight.B2.offset / 4}u]);
  for (var unit = 0u; unit < min(16u, batch.rounds); unit++) {
    var sum = bitcast<i32>(weights[${weight.B1.offset / 4}u + unit]);
    let row = ${weight.W1.offset / 4}u + 8u * unit;
${Array.from(
  { length: 32 },
  (_, i) =>
    `    sum += signedByte(weights[row + ${i >> 2}u], ${i & 3}u) * signedByte(x[${i >> 2}], ${i & 3}u);`,
).join('\n')}
    let factor = signedByte(weights[${weight.W2.offset / 4}u + (unit >> 2u)], unit & 3u);
    output += factor * scaled(sum, shifts);
  }
  return bitcast<u32>(scaled(output, shifts >> 8u)) & 0xffu;
}
`;

/**
 * Kernel 5, one op per invocation, without its write to `outputs`: two ops may name the same byte, and the later one
 * must win, which only the host's order decides.
 */
export const INFERENCE_WGSL = kernelWgsl({
  inputs: ['weights', 'ops', 'inputs'],
  functions: FUNCTIONS,
  main: `  let op = index * ${InferenceOp.SIZE / 4}u;
  let result = index * ${InferenceResult.SIZE / 4}u;
  var status = 0u;
  if (${opWords(OutputCapacity)[0]} == 0u) { status = 3u; }
  if (${opWords(InputLen)[0]} != 32u) { status = 2u; }
  if ((${wrongModel}) != 0u) { status = 1u; }
  results[result] = status;
  if (status != 0u) {
    for (var word = 1u; word < ${InferenceResult.SIZE / 4}u; word++) { results[result + word] = 0u; }
    return;
  }
  let x = array<u32, 8>(${wordsAt('inputs', 'index * 8u', 0, 8).join(', ')});
  let score = classify(x);
  // Mode 0 asks for the commitments alone.
  let hashCount = select(3u, 2u, ${opWords(Mode)[0]} == 0u);
${storeWords('result', 1, ['1u'])}
  for (var word = ${result.AttestationRoot.offset / 4}u; word < ${SCORE_OFFSET / 4}u; word++) {
    results[result + word] = 0u;
  }
${storeWords('result', SCORE_OFFSET / 4, ['score', '0u'])}
  var input: array<u32, 8>;
  var output: array<u32, 8>;
${hashesWgsl(
  [
    { words: [...opWords(Salt), ...inputWords], onDigest: keep('input', result.InputCommitment) },
    {
      words: opWords(Salt),
      tail: { word: 'score', size: 1 },
      onDigest: keep('output', result.OutputCommitment),
    },
    {
      words: [
        ...opWords(ModelHash),
        ...eight('input'),
        ...eight('output'),
        ...opWords(PolicyHash),
        ...opWords(TimestampNS),
      ],
      onDigest: storeWords('result', result.AttestationRoot.offset / 4, DIGEST_WORDS),
    },
  ],
  'hashCount',
)}`,
});
