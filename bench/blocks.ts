import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measureBlocks } from './blocks/measure-blocks.ts';
import { writeHistory } from './blocks/write-history.ts';

// What a block costs on a chain with a long history.
// Run with: npx tsx --conditions=aivm-source bench/blocks.ts [--sizes 1000,10000] [--rounds 3] [--blocks 20] [--json]
// [--directory DIR: where databases are kept for the next run; a million tasks take minutes to write]
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000,1000000' },
    rounds: { type: 'string', default: '3' },
    blocks: { type: 'string', default: '20' },
    json: { type: 'boolean' },
    directory: { type: 'string' },
    /** Internal: measure one database in this process and print JSON. */
    measure: { type: 'string' },
  },
});
const blocks = Number(values.blocks);

/** What one process measured on one database. */
type Sample = Awaited<ReturnType<typeof measureBlocks>>;

if (values.measure !== undefined) {
  console.log(JSON.stringify(await measureBlocks(values.measure, blocks)));
} else {
  const directory = values.directory ?? mkdtempSync(join(tmpdir(), 'aivm-bench-blocks-'));
  mkdirSync(directory, { recursive: true });
  try {
    await run(directory);
  } finally {
    if (values.directory === undefined) rmSync(directory, { recursive: true, force: true });
  }
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((left, right) => left - right)[numbers.length >> 1] ?? 0;
}

/**
 * A process of its own for each measurement, so that memory is that of one chain, on a copy, so that a short history
 * does not grow from one measurement to the next.
 */
function measureApart(history: string): Sample {
  const directory = `${history}-measured`;
  rmSync(directory, { recursive: true, force: true });
  cpSync(history, directory, { recursive: true });
  try {
    return measureIn(directory);
  } finally {
    for (const path of [directory, `${directory}-warm-up`]) rmSync(path, { recursive: true, force: true });
  }
}

function measureIn(directory: string): Sample {
  const args = ['--import', 'tsx', '--conditions=aivm-source', fileURLToPath(import.meta.url)];
  const text = execFileSync(process.execPath, [...args, '--measure', directory, '--blocks', String(blocks)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(text) as Sample;
}

async function run(directory: string): Promise<void> {
  const sizes = values.sizes.split(',').map(Number);
  const samples = new Map<number, Sample[]>(sizes.map((size) => [size, []]));
  for (const size of sizes) {
    const history = join(directory, String(size));
    if (existsSync(`${history}.done`)) continue;
    rmSync(history, { recursive: true, force: true });
    const startedAt = performance.now();
    await writeHistory(history, size);
    mkdirSync(`${history}.done`);
    console.error(
      `${size} settled tasks written in ${Math.round((performance.now() - startedAt) / 1_000)} s`,
    );
  }
  // In turn, so that a noisy moment of the machine strikes all sizes.
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const size of sizes) samples.get(size)?.push(measureApart(join(directory, String(size))));
  }
  const rows = sizes.map((size) => {
    const all = samples.get(size) ?? [];
    return {
      settledTasks: size,
      transactions: all[0]?.transactions ?? 0,
      verifyMs: median(all.flatMap((sample) => sample.verifyMs)),
      acceptMs: median(all.flatMap((sample) => sample.acceptMs)),
      blockMs: median(all.flatMap((sample) => sample.blockMs)),
      cpuMs: median(all.map((sample) => sample.cpuMsPerBlock)),
      hashesPerTransaction: median(all.flatMap((sample) => sample.hashesPerTransaction)),
      rssMiB: median(all.map((sample) => sample.rssMiB)),
      heapMiB: median(all.map((sample) => sample.heapMiB)),
    };
  });
  const [first] = rows;
  const report = {
    machine: { cpu: cpus()[0]?.model ?? '', cores: cpus().length, runtime: `Node ${process.versions.node}` },
    load: loadavg()[0],
    rows: rows.map((row) => ({ ...row, ratio: row.blockMs / (first?.blockMs ?? row.blockMs) })),
  };
  if (values.json === true) {
    console.log(JSON.stringify(report));
    return;
  }
  console.log(
    `${report.machine.cpu}, ${report.machine.cores} cores, ${report.machine.runtime}, load ${report.load?.toFixed(1)}`,
  );
  console.table(
    report.rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Math.round(value * 100) / 100])),
    ),
  );
}
