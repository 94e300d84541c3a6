import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BackendKind, createPluginBackend, PluginOpenError } from '@aivm/backends';
import { createBenchFixtures } from '../packages/backends/src/bench/fixtures.ts';
import { median } from '../packages/backends/src/bench/median.ts';
import { nativeLoader } from '../packages/backends/src/plugin/native-loader.ts';

// Run with: npx tsx --conditions=aivm-source bench/cuda-bars.ts [--plugin FILE] [--rounds N] [--json]
// Exits with 2 where there is no CUDA plugin, or no device behind it.
const built = fileURLToPath(new URL('../native/build/cuda/libluxgpu_backend_cuda.so', import.meta.url));
const { values } = parseArgs({
  options: {
    plugin: { type: 'string', default: built },
    rounds: { type: 'string', default: '9' },
    json: { type: 'boolean' },
  },
});
const ROUNDS = Number(values.rounds);
if (!Number.isInteger(ROUNDS) || ROUNDS < 1)
  throw new RangeError(`--rounds: expected 1 or more, got ${values.rounds}`);

const SLOTS = 65_536;
const INFERENCES = 2 ** 20;

function skip(reason: string): never {
  console.error(`skipped, nothing was measured: ${reason}`);
  process.exit(2);
}

function open() {
  if (!existsSync(values.plugin))
    skip(`no plugin at ${values.plugin}; npm run build:native builds one with nvcc`);
  const loaded = nativeLoader();
  if ('reason' in loaded) skip(loaded.reason);
  try {
    const backend = createPluginBackend({
      path: values.plugin,
      kind: BackendKind.AvailableCUDA,
      name: 'cuda',
    });
    const library = loaded.loader.load(backend.path);
    const pointers = (count: number): string[] => Array.from({ length: count }, () => 'void *');
    return {
      backend,
      stage: library.func('aivm_gpu_stage_inferences', 'int', [...pointers(5), 'uint32_t']),
      chain: library.func('aivm_gpu_fold_chain', 'int', [...pointers(1), 'uint32_t']),
      engine: library.func('aivm_gpu_host_engine_name', 'str', [])() as unknown as string,
    };
  } catch (error) {
    if (error instanceof PluginOpenError) skip(error.message);
    throw error;
  }
}

/** The ops and inputs of the usual fixtures again and again, each op with an input and an output of its own. */
function createInferences(count: number) {
  const { inferenceOps, inputs, weights } = createBenchFixtures(SLOTS);
  const repeat = (bytes: Uint8Array): Uint8Array => {
    const all = new Uint8Array((bytes.length / SLOTS) * count);
    for (let at = 0; at < all.length; at += bytes.length) all.set(bytes, at);
    return all;
  };
  const ops = repeat(inferenceOps);
  const data = new DataView(ops.buffer);
  for (let index = 0; index < count; index++) {
    data.setUint32(144 * index + 100, 32 * index, true);
    data.setUint32(144 * index + 108, index, true);
  }
  return {
    weights,
    ops,
    inputs: repeat(inputs),
    outputs: new Uint8Array(count),
    results: new Uint8Array(112 * count),
  };
}

function must(status: number): void {
  if (status !== 0) throw new Error(`the plugin returned ${status}`);
}

/** Median milliseconds of each of the runs, which take turns; one round warms up. Wall time: a device's work is no other. */
function measure(runs: readonly (() => void)[]): number[] {
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, run] of runs.entries()) {
      const start = performance.now();
      run();
      if (round > 0) times[index]!.push(performance.now() - start);
    }
  }
  return times.map(median);
}

const { backend, stage, chain, engine } = open();
const calls = createInferences(INFERENCES);
const staged = { outputs: new Uint8Array(INFERENCES), results: new Uint8Array(calls.results.length) };
const [inference, staging] = measure([
  () => backend.inferenceStep(calls.weights, calls.ops, calls.inputs, calls.outputs, calls.results),
  () => must(stage(calls.weights, calls.ops, calls.inputs, staged.outputs, staged.results, INFERENCES)),
]) as [number, number];

const tables = createBenchFixtures(SLOTS);
const last = new Uint8Array(32);
const [epoch, permutations] = measure([
  () =>
    backend.epochTransition(
      tables.desc,
      tables.attestations,
      tables.models,
      tables.anchors,
      tables.epoch,
      tables.epochResult,
    ),
  () => must(chain(last, SLOTS)),
]) as [number, number];

const rows = [
  {
    what: `${INFERENCES} inferences, mode 2, host to host`,
    ms: inference,
    over: 'staging of their bytes',
    floorMs: staging,
  },
  {
    what: `epoch of 3 × ${SLOTS} slots`,
    ms: epoch,
    over: `${SLOTS} dependent permutations`,
    floorMs: permutations,
  },
].map((row) => ({ ...row, ratio: row.ms / row.floorMs }));
backend.close();
if (values.json === true) console.log(JSON.stringify({ engine, rounds: ROUNDS, rows }));
else {
  console.log(`medians of ${ROUNDS} rounds in turn; folds run on the CPU engine ${engine}`);
  for (const { what, ms, over, floorMs, ratio } of rows) {
    console.log(
      `${what}: ${ms.toFixed(2)} ms; ${over}: ${floorMs.toFixed(2)} ms; ${ratio.toFixed(2)} times as long`,
    );
  }
}
