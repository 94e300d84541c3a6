import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor } from '../cli-context.ts';
import { openNative } from '../kernel-engines.ts';
import { formatTable } from '../output.ts';

const createKernels = (context: CliContext): Command =>
  createCommand(
    'kernels',
    'Every engine on every kernel. A few minutes; seconds with --smoke, which shows that it runs, not how fast.',
    'aivm bench kernels --smoke\naivm bench kernels --json',
  )
    .option('--smoke', 'small and quick')
    .action(async (options: { json?: boolean; smoke?: boolean }) => {
      const output = outputFor(context, options);
      const { benchKernels } = await import('@aivm/backends');
      const native = await openNative();
      if (native === undefined) output.note('native: not built, left out (npm run build:native)');
      const report = benchKernels({
        smoke: options.smoke === true,
        backends: native === undefined ? [] : [native],
        onRow: ({ kernel, engine, nsPerOp }) => output.note(`${kernel} ${engine}: ${nsPerOp.toFixed(0)} ns`),
      });
      const rows = report.rows.map(({ kernel, engine, nsPerOp, ratio }) => [
        kernel,
        engine,
        nsPerOp.toFixed(1),
        `${ratio.toFixed(2)}×`,
      ]);
      native?.close();
      output.line(
        `${report.machine.cpu}, ${report.machine.cores} cores, ${report.machine.runtime}; ${report.entries} entries`,
      );
      output.line(formatTable(['kernel', 'engine', 'ns/op', 'baseline ÷ engine'], rows));
      output.json(report);
    });

/** `aivm bench kernels` */
export const createBenchCommand = (context: CliContext): Command =>
  createGroup('bench', 'Measures this machine.').addCommand(createKernels(context));
