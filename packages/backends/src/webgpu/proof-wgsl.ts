import { ProofVerifyOp, ProofVerifyResult } from '@aivm/core/layout';
import { DIGEST_WORDS, hashesWgsl } from './keccak-wgsl.ts';
import { kernelWgsl, storeWords, wordsAt } from './kernel-wgsl.ts';

const { Measurement, AttestingKey, Signature, ExpiryNS, TimestampNS, Kind, Nonce } = ProofVerifyOp.fields;
const words = ({ offset, size }: { offset: number; size: number }): string[] =>
  wordsAt('ops', 'op', offset / 4, size / 4);
const [kind, nonce] = [words(Kind)[0] as string, words(Nonce)[0] as string];
const [expiry, now] = [`vec2u(${words(ExpiryNS).join(', ')})`, `vec2u(${words(TimestampNS).join(', ')})`];

const isZero = ({ offset, size }: { offset: number; size: number }): string =>
  `isZero(op + ${offset / 4}u, ${size / 4}u)`;

const FUNCTIONS = `
// At most 24 words; the second bound, which is 24, keeps compilers from unrolling.
fn isZero(at: u32, count: u32) -> bool {
  var bits = 0u;
  for (var word = 0u; word < min(count, batch.rounds); word++) { bits |= ops[at + word]; }
  return bits == 0u;
}
`;

/** Kernel 6, one op per invocation. Status bits as in `PROOF_STATUS`. */
export const PROOF_WGSL = kernelWgsl({
  inputs: ['ops'],
  functions: FUNCTIONS,
  main: `  let op = index * ${ProofVerifyOp.SIZE / 4}u;
  let result = index * ${ProofVerifyResult.SIZE / 4}u;
  let expiry = ${expiry};
  var status = 0u;
  if (${isZero(Signature)}) { status |= 0x02u; }
  if (${isZero(Measurement)}) { status |= 0x04u; }
  if (any(expiry != vec2u(0u)) && isAtMost(expiry, ${now})) { status |= 0x08u; }
  if (${isZero(AttestingKey)}) { status |= 0x10u; }
${hashesWgsl([
  {
    words: [...wordsAt('ops', 'op', 0, ExpiryNS.offset / 4), nonce],
    onDigest: storeWords('result', 0, [
      'select(status, 0x01u, status == 0u)',
      kind,
      ...DIGEST_WORDS,
      '0u',
      '0u',
    ]),
  },
])}`,
});
