import { parseArgs } from 'node:util';
import { benchAttestation } from '../packages/cli/src/bench/bench-attestation.ts';

// Run with: npx tsx --conditions=aivm-source bench/attestation.ts [--smoke] [--json]; or: aivm bench attest
const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, json: { type: 'boolean' } } });
const report = await benchAttestation({ smoke: values.smoke === true });
for (const { kernel, engine, nsPerOp, leastNs, ratio, margin } of report.rows) {
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
if (values.json === true) console.log(JSON.stringify(report));
