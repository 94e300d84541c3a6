import { equalBytes } from '../bytes/bytes.ts';
import { hexToBytes } from '../bytes/hex.ts';
import { utf8ToBytes } from '../bytes/utf8.ts';
import { PRIMITIVE_SAMPLES } from './primitive-samples.ts';
import type { AttestationPrimitives } from './primitives.ts';
import { noblePrimitives } from './primitives-noble.ts';

let active: AttestationPrimitives = noblePrimitives;

/** The primitives that this process verifies evidence with. */
export const activePrimitives = (): AttestationPrimitives => active;

const MESSAGE = utf8ToBytes('aivm');
const RSA_EXPONENT = 65_537;

const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 9 ? byte ^ 4 : byte));

/** Answers to one good signature of each algorithm, the same with a wrong bit, under a wrong key, and cut short. */
function answersOf(primitives: AttestationPrimitives): readonly boolean[] {
  const calls: Readonly<
    Record<keyof typeof PRIMITIVE_SAMPLES, (key: Uint8Array, signature: Uint8Array) => boolean>
  > = {
    p256: (publicKey, signature) =>
      primitives.verifyEcdsa({ curve: 'p256', hash: 'sha256', publicKey, message: MESSAGE, signature }),
    p384: (publicKey, signature) =>
      primitives.verifyEcdsa({ curve: 'p384', hash: 'sha384', publicKey, message: MESSAGE, signature }),
    rsaPss: (modulus, signature) =>
      primitives.verifyRsaPss({ modulus, exponent: RSA_EXPONENT, message: MESSAGE, signature }),
    ed25519: (publicKey, signature) => primitives.verifyEd25519({ publicKey, message: MESSAGE, signature }),
    secp256k1: (publicKey, signature) =>
      primitives.verifySecp256k1({ publicKey, message: MESSAGE, signature }),
  };
  return (Object.keys(calls) as (keyof typeof calls)[]).flatMap((name) => {
    const publicKey = hexToBytes(PRIMITIVE_SAMPLES[name].publicKey);
    const signature = hexToBytes(PRIMITIVE_SAMPLES[name].signature);
    const call = calls[name];
    return [
      call(publicKey, signature),
      call(publicKey, flipped(signature)),
      call(flipped(publicKey), signature),
      call(publicKey, signature.subarray(1)),
    ];
  });
}

/**
 * Replaces the process-wide primitives by faster ones, after they gave noble's answers on good and bad signatures of
 * every algorithm. Verdicts are consensus: an implementation that answers differently would part its node from the rest.
 * @throws Error when the two differ.
 */
export function installAttestationPrimitives(primitives: AttestationPrimitives): void {
  const isSame =
    equalBytes(primitives.sha256(MESSAGE), noblePrimitives.sha256(MESSAGE)) &&
    equalBytes(primitives.sha384(MESSAGE), noblePrimitives.sha384(MESSAGE)) &&
    answersOf(primitives).join() === answersOf(noblePrimitives).join();
  if (!isSame) throw new Error(`attestation primitives "${primitives.name}": differ from noble`);
  active = primitives;
}
