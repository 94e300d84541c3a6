import { isSymbol, type TextSize } from '../model/dimension.ts';
import { ELEMENT_SIZE } from '../model/element-type.ts';
import { ALIGNMENT } from '../model/weight-row.ts';
import { operatorOf } from '../operators/table.ts';
import { leafCountOf, treeDepth } from '../trace/tree-shape.ts';
import type { NetworkHeader } from './header.ts';
import { createNetwork } from './network.ts';
import { operatorSpec } from './operator-spec.ts';
import { evaluatePolynomial, monomial, type Polynomial, sumTerms, type Term } from './polynomial.ts';
import { spansOf } from './spans.ts';

/** Work of one unit beside its multiply–adds. */
const UNIT_WORK = 8n;
/** Work of a byte of the trace. */
const BYTE_WORK = 64n;

/** What the record of a model keeps of its network, so that no operation decodes a header for it. */
export interface NetworkFacts {
  /** Σ over units of (multiply–adds + 8), and 64 for each byte of the trace. */
  readonly work: Polynomial;
  readonly workMax: bigint;
  readonly traceBytesMax: number;
  /** Levels of the largest trace's tree above its leaves. */
  readonly depthMax: number;
}

/** The longest text that a header admits. */
export const largestText = ({ form, maxT, maxNew }: NetworkHeader): TextSize => ({
  T: maxT,
  N: form === 'decoder' ? maxNew : 0,
});

/** Facts of a header whose operators were checked. */
export function networkFacts(header: NetworkHeader): NetworkFacts {
  const size = largestText(header);
  const { traceBytes } = createNetwork(header, size);
  const work = sumTerms(workTerms(header));
  return {
    work,
    workMax: evaluatePolynomial(work, size),
    traceBytesMax: traceBytes,
    depthMax: treeDepth(leafCountOf(traceBytes)),
  };
}

/** Bytes of the last tensor, the answer, by the lengths of the text. */
export function outputPolynomial({ operators }: NetworkHeader): Polynomial {
  const { type, dims } = operators[operators.length - 1]!.output;
  return sumTerms([monomial(BigInt(ELEMENT_SIZE[type]), dims)]);
}

/** A tensor's padding counts as a full 128 bytes, which keeps the work a polynomial. */
function* workTerms(header: NetworkHeader): Generator<Term> {
  for (const { first, length, count } of spansOf(header)) {
    const times = BigInt(count);
    for (let index = first; index < first + length; index++) {
      const spec = operatorSpec(header, index);
      const macs = operatorOf(header.operators[index]!.kind).macs(spec);
      const { type, dims } = spec.output;
      const perElement = BYTE_WORK * BigInt(ELEMENT_SIZE[type]) + UNIT_WORK;
      yield monomial(times * perElement, dims);
      yield isSymbol(macs) ? monomial(times, [...dims, macs]) : monomial(times * BigInt(macs), dims);
      yield monomial(times * BYTE_WORK * BigInt(ALIGNMENT), []);
    }
  }
}
