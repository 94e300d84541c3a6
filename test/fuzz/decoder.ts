import { AivmError, type ErrorCode } from '@aivm/core/errors';
import type { Random } from '../attestation-fuzz/random.ts';

/** What became of one mutant. */
export interface Outcome {
  /** How it was made. */
  readonly operator: string;
  /** Why it was refused; undefined where the decoder accepted it. */
  readonly code?: string;
  /** What must never happen. */
  readonly fault?: string;
}

/** A decoder under test. */
export interface Decoder {
  readonly name: string;
  /** Every code that it can answer, each of which a long run must meet. */
  readonly codes: readonly ErrorCode[];
  /** The longest that one input may take, ms. */
  readonly boundMs: number;
  run(random: Random): Outcome | Promise<Outcome>;
  close?(): Promise<void>;
}

/** What `decode` answers, and what is wrong with it: only codes of `codes` are refusals, anything else is a fault. */
export function judge<T>(
  operator: string,
  codes: readonly ErrorCode[],
  { decode, check }: { readonly decode: () => T; readonly check: (value: T) => string | undefined },
): Outcome {
  let value: T;
  try {
    value = decode();
  } catch (error) {
    if (!(error instanceof AivmError)) return { operator, code: 'crash', fault: String(error) };
    const fault = codes.includes(error.code) ? {} : { fault: `answers ${error.code}: ${error.detail}` };
    return { operator, code: error.code, ...fault };
  }
  const fault = check(value);
  return { operator, ...(fault === undefined ? {} : { fault }) };
}
