import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { type AttestationEvidence, attestationWork, noblePrimitives, verifyAttestation } from '@aivm/core';
import { makeGpu, makeIntel, makeRims, makeSnp, makeSoftware, NOW, TEST_POLICY } from '@aivm/test-authority';
import { nodePrimitives } from '../packages/node/src/attestation/node-primitives.ts';

// Run with: npx tsx --conditions=aivm-source bench/attestation.ts [--smoke] [--json]
const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, json: { type: 'boolean' } } });
const ROUNDS = values.smoke === true ? 1 : 31;

interface Row {
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

type Collateral = Parameters<typeof verifyAttestation>[1];

const tdx = makeIntel();
const SAMPLES: readonly (readonly [name: string, evidence: AttestationEvidence, collateral: Collateral])[] = [
  ['snp', makeSnp().evidence, {}],
  ['tdx', tdx.evidence, tdx.collateral],
  ['nvidia', { kind: 'nvidia', gpus: [makeGpu().gpu] }, { rims: makeRims() }],
  ['ed25519', makeSoftware(), {}],
  ['secp256k1', makeSoftware('secp256k1'), {}],
];
const ENGINES = [noblePrimitives, nodePrimitives];

/** Nanoseconds of one run: the smaller one of wall and processor time, so that what other programs take is left out. */
function timeOf(run: () => void): number {
  const [start, before] = [performance.now(), process.cpuUsage()];
  run();
  const wall = (performance.now() - start) * 1e6;
  const { user, system } = process.cpuUsage(before);
  return Math.min(wall, (user + system) * 1e3);
}

const medianOf = (times: readonly number[]): number =>
  times.toSorted((left, right) => left - right)[times.length >> 1] ?? 0;

const runs = SAMPLES.flatMap(([kernel, evidence, collateral]) =>
  ENGINES.map((primitives) => ({
    kernel,
    engine: primitives.name,
    workUs: attestationWork(evidence, collateral),
    times: [] as number[],
    run: (): void => {
      const verdict = verifyAttestation(evidence, collateral, { now: NOW, policy: TEST_POLICY, primitives });
      if (!verdict.accepted) throw new Error(`${kernel}: ${verdict.code}`);
    },
  })),
);
// Every round runs everything once, so that a noisy moment strikes all; the first rounds compile.
for (let round = -3; round < ROUNDS; round++) {
  for (const { run, times } of runs) {
    const time = timeOf(run);
    if (round >= 0) times.push(time);
  }
}

const rows: Row[] = runs.map(({ kernel, engine, workUs, times }) => {
  const nsPerOp = medianOf(times);
  const leastNs = Math.min(...times);
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

for (const { kernel, engine, nsPerOp, leastNs, ratio, margin } of rows) {
  const columns = [
    kernel.padEnd(9),
    engine.padEnd(12),
    (nsPerOp / 1e6).toFixed(2).padStart(8),
    `ms, least ${(leastNs / 1e6).toFixed(2)} ms, ratio`,
    ratio.toFixed(2),
    `charged ${margin.toFixed(1)}×`,
  ];
  console.error(columns.join(' '));
}
if (values.json === true) {
  const machine = `${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`;
  console.log(JSON.stringify({ machine, entries: 1, rows }));
}
