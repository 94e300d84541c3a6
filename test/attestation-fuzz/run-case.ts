import { ATTESTATION_CODES } from '@aivm/core/attestation';
import { type Answer, attestedOf, type Mutant, type Sample } from './input.ts';
import { flipBit } from './operators/bytes.ts';
import { ask, OPERATORS } from './operators/table.ts';
import { replaceAt } from './parts.ts';
import { createRandom, type Random } from './random.ts';
import { enumerateBytes, type Systematic } from './systematic.ts';

const DECK: readonly (typeof OPERATORS)[number][] = OPERATORS.flatMap((entry) =>
  Array.from({ length: entry[1] }, () => entry),
);

/** What one case was and gave. */
export interface Outcome {
  readonly sample: string;
  readonly kind: string;
  readonly operator: string;
  readonly code: string;
  readonly ms: number;
  /** What must not happen and did. */
  readonly fault: string | undefined;
}

interface Drawn {
  readonly sample: Sample;
  readonly operator: string;
  readonly mutant: Mutant;
}

function drawSystematic(systematic: Systematic, index: number, random: Random): Drawn {
  const { sample, part, offset, isCut } = systematic.at(index);
  const bytes = isCut ? part.bytes.slice(0, offset) : flipBit(part.bytes, offset, random.below(8));
  const input = replaceAt(sample.input, part.path, bytes);
  return { sample, operator: isCut ? 'cut' : 'flip', mutant: { allowance: 'same', run: () => ask(input) } };
}

/** Kinds that cost little come more often. */
const KIND_DECK = [
  'snp',
  'snp',
  'snp',
  'snp',
  'snp',
  'sgx',
  'sgx',
  'tdx',
  'tdx',
  'nvidia',
  'software',
  'software',
] as const;

const deckOf = (samples: readonly Sample[]): readonly (readonly Sample[])[] =>
  KIND_DECK.map((kind) => samples.filter(({ input }) => input.evidence.kind === kind));

function drawRandom(samples: readonly Sample[], deck: readonly (readonly Sample[])[], random: Random): Drawn {
  for (;;) {
    const sample = random.pick(random.pick(deck));
    const [operator, , apply] = random.pick(DECK);
    const mutant = apply(sample, random, samples);
    if (mutant !== undefined) return { sample, operator, mutant };
  }
}

function faultOf(
  answer: Answer,
  { sample, mutant }: Drawn,
  attested: ReadonlySet<string>,
): string | undefined {
  if (!(answer.code in ATTESTATION_CODES)) return `code ${answer.code}`;
  if (answer.facts === undefined || mutant.allowance === 'any') return undefined;
  if (mutant.allowance === 'never') return 'accepted what must be refused';
  if (mutant.allowance === 'known')
    return attested.has(answer.attested ?? '') ? undefined : 'accepted new facts';
  const expected = 'expected' in mutant ? mutant.expected : sample.facts;
  return answer.facts === expected
    ? undefined
    : `accepted with other facts: ${answer.facts} instead of ${expected}`;
}

/** Makes and judges cases by number. The first `systematic.count` even places of a run enumerate flips and cuts. */
export function createRunner(samples: readonly Sample[], seed: number) {
  const systematic = enumerateBytes(samples);
  const deck = deckOf(samples);
  const attested = new Set(
    samples.map(({ verdict }) => attestedOf(verdict)).filter((text) => text !== undefined),
  );
  // A stride without common divisor visits every place once, in an order that mixes the kinds.
  let stride = Math.floor(systematic.count * 0.618) | 1;
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  while (divisor(stride, systematic.count) !== 1) stride += 2;
  return {
    systematicCount: systematic.count,
    run: (index: number): Outcome => {
      const random = createRandom(seed, index);
      const place = index / 2;
      const drawn =
        index % 2 === 0 && place < systematic.count
          ? drawSystematic(
              systematic,
              Number((BigInt(place) * BigInt(stride)) % BigInt(systematic.count)),
              random,
            )
          : drawRandom(samples, deck, random);
      const { sample, operator, mutant } = drawn;
      const about = { sample: sample.name, kind: sample.input.evidence.kind, operator };
      const start = performance.now();
      try {
        const answer = mutant.run();
        const ms = performance.now() - start;
        return { ...about, code: answer.code, ms, fault: faultOf(answer, drawn, attested) };
      } catch (error) {
        const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { ...about, code: 'exception', ms: performance.now() - start, fault: text };
      }
    },
  };
}
