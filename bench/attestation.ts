import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type AttestationEvidence, noblePrimitives, verifyAttestation } from '@aivm/core';
import { makeGpu, makeIntel, makeRims, makeSnp, makeSoftware, NOW, TEST_POLICY } from '@aivm/test-authority';
import { nodePrimitives } from '../packages/node/src/attestation/node-primitives.ts';

// Run with: npx tsx --conditions=aivm-source bench/attestation.ts [--smoke] [--json]
const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, json: { type: 'boolean' } } });
const DURATION_MS = values.smoke === true ? 20 : 2_000;

interface Row {
  readonly kernel: string;
  readonly engine: string;
  readonly nsPerOp: number;
  /** Time of the portable primitives divided by this engine's. */
  readonly ratio: number;
}

type Collateral = Parameters<typeof verifyAttestation>[1];

const tdx = makeIntel();
const SAMPLES: readonly (readonly [name: string, evidence: AttestationEvidence, collateral: Collateral])[] = [
  ['snp', makeSnp().evidence, {}],
  ['tdx', tdx.evidence, tdx.collateral],
  ['nvidia', { kind: 'nvidia', gpus: [makeGpu().gpu] }, { rims: makeRims() }],
  ['software', makeSoftware(), {}],
];

/** Median of the runs that fit into the time, at least three. */
function measure(run: () => void): number {
  const samples: number[] = [];
  run();
  for (const end = performance.now() + DURATION_MS; samples.length < 3 || performance.now() < end; ) {
    const start = performance.now();
    run();
    samples.push((performance.now() - start) * 1e6);
  }
  return samples.sort((left, right) => left - right)[samples.length >> 1] ?? 0;
}

const rows: Row[] = [];
for (const [kernel, evidence, collateral] of SAMPLES) {
  let baseline = 0;
  for (const primitives of [noblePrimitives, nodePrimitives]) {
    const nsPerOp = measure(() => {
      const verdict = verifyAttestation(evidence, collateral, { now: NOW, policy: TEST_POLICY, primitives });
      if (!verdict.accepted) throw new Error(`${kernel}: ${verdict.code}`);
    });
    baseline ||= nsPerOp;
    rows.push({ kernel, engine: primitives.name, nsPerOp: Math.round(nsPerOp), ratio: baseline / nsPerOp });
  }
}

for (const { kernel, engine, nsPerOp, ratio } of rows) {
  const columns = [
    kernel.padEnd(9),
    engine.padEnd(12),
    (nsPerOp / 1e6).toFixed(2).padStart(8),
    'ms',
    ratio.toFixed(2),
  ];
  console.error(columns.join(' '));
}
if (values.json === true) {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  console.log(JSON.stringify({ machine, entries: 1, rows }));
}
