import { parseArgs } from 'node:util';
import { benchKernels } from '@aivm/backends';

// Run with: node --import tsx/esm --conditions=aivm-source bench/kernels.ts [--smoke] [--json]
// Plain `tsx` slows the baseline down: see docs/performance.md on detached buffers.
const { values } = parseArgs({ options: { smoke: { type: 'boolean' }, json: { type: 'boolean' } } });

const report = benchKernels({
  smoke: values.smoke === true,
  onRow: ({ kernel, engine, nsPerOp, ratio }) => {
    const columns = [
      kernel.padEnd(18),
      engine.padEnd(9),
      nsPerOp.toFixed(0).padStart(8),
      ratio.toFixed(2).padStart(7),
    ];
    console.error(columns.join(' '));
  },
});
if (values.json === true) console.log(JSON.stringify(report));
