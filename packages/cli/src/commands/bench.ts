import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchReport, BenchRow, PluginBackend, ThreadsRow } from '@aivm/backends';
import type { Command } from 'commander';
import type { NetworksReport } from '../bench/bench-networks.ts';
import {
  type CliContext,
  createCommand,
  createGroup,
  outputFor,
  throwIfInterrupted,
} from '../cli-context.ts';
import { openEngine, openNative, openShared } from '../kernel-engines.ts';
import { formatTable, type Output } from '../output.ts';

const EXAMPLE = `aivm bench kernels --smoke
aivm bench kernels --json
aivm bench kernels --plugin native/build/cuda/libluxgpu_backend_cuda.so`;

interface BenchOptions {
  readonly json?: boolean;
  readonly smoke?: boolean;
  readonly plugin?: string;
}

/** The plugins to measure: the CPU plugin where it was built, and the one in a file. */
async function openPlugins(file: string | undefined, output: Output): Promise<PluginBackend[]> {
  const native = await openNative();
  if (native === undefined) output.note('native: not built, left out (npm run build:native)');
  const plugin = file === undefined ? undefined : await openShared(file, 'plugin');
  return [native, plugin].filter((backend) => backend !== undefined);
}

/** Rows of WebGPU; none, and a note, without a device. */
async function measureWebGPU(
  report: BenchReport,
  { smoke }: BenchOptions,
  output: Output,
  onRow: (row: BenchRow) => void,
): Promise<readonly BenchRow[]> {
  const { benchDevice } = await import('@aivm/backends');
  try {
    const { backend, close } = await openEngine('webgpu');
    return await benchDevice({ report, backend, rounds: smoke === true ? 1 : 5, onRow }).finally(close);
  } catch (error) {
    output.note(`webgpu: left out: ${error instanceof Error ? error.message : error}`);
    return [];
  }
}

function show(
  output: Output,
  { machine, entries }: BenchReport,
  rows: readonly BenchRow[],
  threads: readonly ThreadsRow[],
): void {
  const inOrder = rows.toSorted((a, b) => kernelOrder(rows, a) - kernelOrder(rows, b));
  output.line(`${machine.cpu}, ${machine.cores} cores, ${machine.runtime}; ${entries} entries`);
  output.line(
    formatTable(
      ['kernel', 'engine', 'ns/op', 'baseline ÷ engine'],
      inOrder.map(({ kernel, engine, nsPerOp, ratio }) => [
        kernel,
        engine,
        nsPerOp.toFixed(1),
        `${ratio.toFixed(2)}×`,
      ]),
    ),
  );
  output.line(
    formatTable(
      ['proof_verify, wasm: threads', 'ns/op', 'one thread ÷ all'],
      threads.map((row) => [String(row.threads), row.nsPerOp.toFixed(1), `${row.speedup.toFixed(2)}×`]),
    ),
  );
}

const kernelOrder = (rows: readonly BenchRow[], { kernel }: BenchRow): number =>
  rows.findIndex((row) => row.kernel === kernel);

const createKernels = (context: CliContext): Command =>
  createCommand(
    'kernels',
    'Every engine on every kernel. A few minutes; seconds with --smoke, which shows that it runs, not how fast.',
    EXAMPLE,
  )
    .option('--smoke', 'small and quick')
    .option('--plugin <file>', 'a shared object with the six kernel functions, measured beside the others')
    .action(async (options: BenchOptions) => {
      const output = outputFor(context, options);
      const { benchKernels, benchThreads } = await import('@aivm/backends');
      const smoke = options.smoke === true;
      const onRow = ({ kernel, engine, nsPerOp }: BenchRow): void =>
        output.note(`${kernel} ${engine}: ${nsPerOp.toFixed(0)} ns`);
      const backends = await openPlugins(options.plugin, output);
      const report = benchKernels({ smoke, backends, onThisThread: ['native'], onRow });
      for (const backend of backends) backend.close();
      const rows = [...report.rows, ...(await measureWebGPU(report, options, output, onRow))];
      const threads = await benchThreads({ ops: report.entries, rounds: smoke ? 1 : 5 });
      show(output, report, rows, threads);
      output.json({ ...report, rows, threads });
    });

const createAttest = (context: CliContext): Command =>
  createCommand(
    'attest',
    'Verifies synthetic evidence of every kind, with portable and with native primitives. Seconds; --smoke shows that it runs, not how fast.',
    'aivm bench attest --json',
  )
    .option('--smoke', 'once each')
    .action(async (options: BenchOptions) => {
      const output = outputFor(context, options);
      const { benchAttestation } = await import('../bench/bench-attestation.ts');
      const report = await benchAttestation({ smoke: options.smoke === true });
      const { cpu, cores, runtime } = report.machine;
      output.line(`${cpu}, ${cores} cores, ${runtime}`);
      const rows = report.rows.map(({ kernel, engine, nsPerOp, leastNs, ratio, margin }) => [
        kernel,
        engine,
        (nsPerOp / 1e6).toFixed(2),
        (leastNs / 1e6).toFixed(2),
        `${ratio.toFixed(2)}×`,
        `${margin.toFixed(1)}×`,
      ]);
      const head = ['evidence', 'engine', 'ms', 'least ms', 'portable ÷ engine', 'charged ÷ least'];
      output.line(formatTable(head, rows));
      output.json(report);
    });

const createPipeline = (context: CliContext): Command =>
  createCommand(
    'pipeline',
    'Transactions a second through a node: signatures, pool, building, verifying, writing to disk. Some minutes; seconds with --smoke, which shows that it runs, not how fast.',
    'aivm bench pipeline --json',
  )
    .option('--smoke', 'four small blocks')
    .action(async (options: BenchOptions) => {
      const output = outputFor(context, options);
      const { benchPipeline } = await import('../bench/bench-pipeline.ts');
      const onBlock = (transactions: number, load: string): void => {
        output.note(`a block of ${transactions} ${load}`);
        throwIfInterrupted(context.signal);
      };
      const report = await benchPipeline({ smoke: options.smoke === true, onBlock });
      const { cpu, cores, runtime } = report.machine;
      output.line(`${cpu}, ${cores} cores, ${runtime}; signatures: ${report.secp256k1}`);
      const rows = report.rows.map(
        ({ kernel, engine, transactions, nsPerOp, msPerBlock, perSecond, ratio }) => [
          `${transactions} ${engine}`,
          kernel,
          msPerBlock.toFixed(2),
          (nsPerOp / 1e3).toFixed(0),
          String(perSecond),
          `${ratio.toFixed(2)}×`,
        ],
      );
      const head = ['block', 'stage', 'ms', 'µs/transaction', 'transactions/s', 'signatures ÷ stage'];
      output.line(formatTable(head, rows));
      output.json(report);
    });

const createDispute = (context: CliContext): Command =>
  createCommand(
    'dispute',
    'What a dispute about the judged int8 network costs beside running it. Seconds; --smoke shows that it runs, not how fast.',
    'aivm bench dispute --json',
  )
    .option('--smoke', 'once each')
    .action(async (options: BenchOptions) => {
      const output = outputFor(context, options);
      const { benchDispute } = await import('../bench/bench-dispute.ts');
      const report = await benchDispute({ smoke: options.smoke === true });
      const { cpu, cores, runtime } = report.machine;
      output.line(`${cpu}, ${cores} cores, ${runtime}; ${report.model}`);
      const rows = report.rows.map(({ kernel, engine, nsPerOp, ratio, bytes }) => [
        kernel,
        engine,
        (nsPerOp / 1e6).toFixed(4),
        `${(1 / ratio).toFixed(1)}×`,
        bytes === 0 ? '' : String(bytes),
      ]);
      output.line(formatTable(['step', 'case', 'ms', 'step ÷ run', 'bytes'], rows));
      output.json(report);
    });

/** The story model of a checkout. */
const STORY = fileURLToPath(new URL('../../../../models/story', import.meta.url));

function showNetworks(output: Output, { decidingMoves, products, decoder }: NetworksReport): void {
  const moves = decidingMoves.map((row) => [
    row.macs.toExponential(1),
    row.isWhole ? 'computed' : 'made-up openings',
    row.milliseconds.toFixed(2),
    String(row.witnessBytes),
    String(row.boundBytes),
  ]);
  output.line(formatTable(['multiply–adds', 'trace', 'deciding move, ms', 'witness', 'at most'], moves));
  const rates = products.map(({ rows, inner, columns, subject, macsPerSecond, ofBaseline }) => [
    `${rows} × ${inner} × ${columns}`,
    subject,
    (macsPerSecond / 1e9).toFixed(2),
    ofBaseline === undefined ? '' : ofBaseline.toFixed(3),
  ]);
  output.line(formatTable(['product', 'subject', '10^9 a second', '÷ onnxruntime int8'], rates));
  const texts = decoder.map((row) => [
    row.engine,
    row.tokensPerSecond.toFixed(0),
    row.passOfGeneration.toFixed(2),
    row.treeOfPass.toFixed(2),
  ]);
  const head = [
    'decoder',
    'tokens a second',
    "watcher's pass ÷ generation",
    'tree ÷ pass, under a challenge',
  ];
  output.line(formatTable(head, texts));
}

const createNetworks = (context: CliContext): Command =>
  createCommand(
    'networks',
    'Integer networks: the deciding move of a dispute, engines beside onnxruntime, a decoder. Processor time. Some minutes; --smoke shows that it runs, not how fast.',
    'aivm bench networks --smoke\nAIVM_ONNXRUNTIME=~/ort aivm bench networks --json',
  )
    .option('--smoke', 'small and quick')
    .option('--model <directory>', 'of a decoder; the story model of a checkout when left out')
    .action(async (options: BenchOptions & { readonly model?: string }) => {
      const output = outputFor(context, options);
      const { benchNetworks } = await import('../bench/bench-networks.ts');
      const report = await benchNetworks({
        smoke: options.smoke === true,
        environment: context.env,
        model: options.model ?? (existsSync(STORY) ? STORY : undefined),
        onNote: (line) => {
          output.note(line);
          throwIfInterrupted(context.signal);
        },
      });
      const { cpu, cores, runtime } = report.machine;
      output.line(`${cpu}, ${cores} cores, ${runtime}; one thread, processor time`);
      showNetworks(output, report);
      output.json(report);
    });

/** `aivm bench kernels|pipeline|dispute|networks|attest` */
export const createBenchCommand = (context: CliContext): Command =>
  createGroup('bench', 'Measures this machine.')
    .addCommand(createKernels(context))
    .addCommand(createPipeline(context))
    .addCommand(createDispute(context))
    .addCommand(createNetworks(context))
    .addCommand(createAttest(context));
