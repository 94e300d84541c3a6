import { equalBytes } from '@aivm/core/bytes';
import { assembleTransaction, parseTransaction, signTransaction, type Transaction } from '@aivm/core/tx';
import type { Random } from '../attestation-fuzz/random.ts';
import { type Decoder, judge, type Outcome } from './decoder.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { keys } from './samples.ts';

const CODES = ['malformed', 'too_large', 'bad_signature'] as const;
const SIGNATURE_BYTES = 65;
/** Signing costs more than ten other cases. */
const SIGNED_AGAIN_ONE_IN = 50;

function readOrNothing(bytes: Uint8Array): Transaction | undefined {
  try {
    return parseTransaction(bytes);
  } catch {
    return undefined;
  }
}

/** A transaction near `tx` that parses, or `tx` itself: half of all changes of a body leave it well-formed. */
export function nearTransaction(tx: Transaction, random: Random, others: readonly Uint8Array[]): Transaction {
  for (let i = 0; i < 3; i++) {
    const near = readOrNothing(mutateBytes(tx.bytes, random, others).bytes);
    if (near !== undefined) return near;
  }
  return tx;
}

/** What an accepted transaction must be: its own canonical encoding, with an id and a sender that follow from it. */
function faultOf(tx: Transaction, bytes: Uint8Array, original: Transaction): string | undefined {
  const again = assembleTransaction(tx, bytes.subarray(bytes.length - SIGNATURE_BYTES));
  if (!equalBytes(again, bytes)) return 'accepts an encoding that is not canonical';
  if (!equalBytes(tx.bytes, bytes)) return 'keeps other bytes';
  const isSame = equalBytes(bytes, original.bytes);
  if (equalBytes(tx.id, original.id) !== isSame) return 'the id does not follow from the bytes';
  if (isSame && !equalBytes(tx.sender, original.sender)) return 'the sender changes';
  return undefined;
}

/** Mutants of `transactions`: changed bytes, some of them signed again. */
export function createTransactionDecoder(transactions: readonly Transaction[]): Decoder {
  const others = transactions.map(({ bytes }) => bytes);
  const signedAgain = (random: Random): Outcome => {
    const original = random.pick(transactions);
    const near = nearTransaction(original, random, others);
    const signed = signTransaction(near, random.pick(keys));
    const { bytes } = signed;
    return judge('sign', CODES, {
      decode: () => parseTransaction(bytes),
      check: (tx) =>
        faultOf(tx, bytes, signed) ?? (equalBytes(tx.sender, signed.sender) ? undefined : 'another sender'),
    });
  };
  return {
    name: 'tx',
    codes: CODES,
    boundMs: 500,
    run: (random) => {
      if (random.below(SIGNED_AGAIN_ONE_IN) === 0) return signedAgain(random);
      const original = random.pick(transactions);
      const { bytes, operator } = mutateBytes(original.bytes, random, others);
      return judge(operator, CODES, {
        decode: () => parseTransaction(bytes),
        check: (tx) => faultOf(tx, bytes, original),
      });
    },
  };
}
