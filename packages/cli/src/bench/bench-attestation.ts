import {
  type AttestationEvidence,
  type AttestationPolicy,
  type AttestationPrimitives,
  attestationWork,
  noblePrimitives,
  verifyAttestation,
} from '@aivm/core/attestation';
import { nodePrimitives } from '@aivm/node';
import { loadPrivatePackage } from '../private-package.ts';
import { type Machine, medianOf, thisMachine, timed } from './measure.ts';

/** One kind of evidence, verified with one set of primitives. */
export interface AttestationRow {
  readonly kernel: string;
  readonly engine: string;
  /** The median. */
  readonly nsPerOp: number;
  /** The least: what it takes with the processor to itself. */
  readonly leastNs: number;
  /** Time of the portable primitives divided by this engine's. */
  readonly ratio: number;
  /** What a chain charges, `attestationWork`, divided by the least time. */
  readonly margin: number;
}

/** What one run measured. */
export interface AttestationReport {
  readonly machine: Machine;
  /** Pieces of evidence verified by one operation. */
  readonly entries: number;
  readonly rows: readonly AttestationRow[];
}

type Collateral = Parameters<typeof verifyAttestation>[1];
interface Sample {
  readonly name: string;
  readonly evidence: AttestationEvidence;
  readonly collateral: Collateral;
}

/** Of the private package `@aivm/test-authority`: what is measured, and the moment and policy under which it verifies. */
interface TestAuthority {
  readonly makeSamples: () => readonly Sample[];
  readonly NOW: number;
  readonly TEST_POLICY: AttestationPolicy;
}

interface Run {
  readonly kernel: string;
  readonly engine: string;
  readonly workUs: number;
  readonly times: number[];
  readonly verify: () => void;
}

const ROUNDS = 31;
/** Rounds that compile and are not counted. */
const WARM_UP = 3;

const runOf = (
  { name, evidence, collateral }: Sample,
  primitives: AttestationPrimitives,
  { NOW, TEST_POLICY }: TestAuthority,
): Run => ({
  kernel: name,
  engine: primitives.name,
  workUs: attestationWork(evidence, collateral),
  times: [],
  verify: () => {
    const verdict = verifyAttestation(evidence, collateral, { now: NOW, policy: TEST_POLICY, primitives });
    if (!verdict.accepted) throw new Error(`${name}: ${verdict.code}: ${verdict.detail}`);
  },
});

/** Measures the verification of synthetic evidence of every kind. @param options.smoke once each, to show that it runs */
export async function benchAttestation({ smoke }: { readonly smoke: boolean }): Promise<AttestationReport> {
  const authority = await loadPrivatePackage<TestAuthority>('@aivm/test-authority', 'aivm bench attest');
  const engines = [noblePrimitives, nodePrimitives];
  const runs = authority
    .makeSamples()
    .flatMap((sample) => engines.map((primitives) => runOf(sample, primitives, authority)));
  // Every round runs everything once, so that a noisy moment strikes all.
  for (let round = smoke ? 0 : -WARM_UP; round < (smoke ? 1 : ROUNDS); round++) {
    for (const { verify, times } of runs) {
      const time = timed(verify)[0];
      if (round >= 0) times.push(time);
    }
  }
  const rows = runs.map(({ kernel, engine, workUs, times }) => {
    const [nsPerOp, leastNs] = [medianOf(times), Math.min(...times)];
    const portable = runs.find((other) => other.kernel === kernel)?.times ?? times;
    return {
      kernel,
      engine,
      nsPerOp: Math.round(nsPerOp),
      leastNs: Math.round(leastNs),
      ratio: medianOf(portable) / nsPerOp,
      margin: (workUs * 1e3) / leastNs,
    };
  });
  return { machine: thisMachine(), entries: 1, rows };
}
