import { type Dimension, isSymbol, type TextSize } from '../model/dimension.ts';

/** coefficient · T^t · N^n. */
export interface Term {
  readonly coefficient: bigint;
  readonly t: number;
  readonly n: number;
}

/** A number that follows from the lengths of a task's text, exact: terms of distinct powers, highest first. */
export type Polynomial = readonly Term[];

/** `factor` times the product of `dims`. */
export function monomial(factor: bigint, dims: readonly Dimension[]): Term {
  let coefficient = factor;
  let t = 0;
  let n = 0;
  for (const length of dims) {
    if (!isSymbol(length)) coefficient *= BigInt(length);
    else if (length === 'T') t++;
    else n++;
  }
  return { coefficient, t, n };
}

/** The sum of `terms`, equal powers joined. */
export function sumTerms(terms: Iterable<Term>): Polynomial {
  const sums = new Map<number, Term>();
  for (const term of terms) {
    const key = term.t * 256 + term.n;
    const coefficient = term.coefficient + (sums.get(key)?.coefficient ?? 0n);
    sums.set(key, { ...term, coefficient });
  }
  return [...sums.values()]
    .filter(({ coefficient }) => coefficient !== 0n)
    .sort((left, right) => right.t - left.t || right.n - left.n);
}

/** The value for the text of one task. */
export function evaluatePolynomial(polynomial: Polynomial, { T, N }: TextSize): bigint {
  const [rows, posted] = [BigInt(T), BigInt(N)];
  let sum = 0n;
  for (const { coefficient, t, n } of polynomial)
    sum += coefficient * rows ** BigInt(t) * posted ** BigInt(n);
  return sum;
}
