import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { chooseNetworkEngine, type NetworkEngine, type NetworkEngineName } from '@aivm/backends';
import {
  createNetwork,
  type NetworkHeader,
  parseNetworkHeader,
  TASK_INPUT,
  traceTree,
} from '@aivm/core/network';
import { GraphBuilder, spec } from '../packages/core/test/network/support/graph-builder.ts';
import { matrixProductModel } from './networks/onnx-model.ts';

// Multiply-adds a second of every engine on layers of networks, beside onnxruntime on the same products in the same run, and
// what the story model takes: tokens a second, one pass over a finished text, and the tree over its trace.
// Run with: npx tsx --conditions=aivm-source bench/networks.ts [--smoke]
// The baseline is measured where AIVM_ONNXRUNTIME names a directory in which onnxruntime-node is installed.
const isSmoke = process.argv.includes('--smoke');
const ROUNDS = isSmoke ? 1 : 7;
const ROUND_MS = isSmoke ? 10 : 200;

interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ run(feeds: object): Promise<object> }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, dims: readonly number[]) => object;
}

/** Every engine that runs here, fastest first. */
const ENGINES: readonly NetworkEngine[] = (['native', 'wasm', 'reference'] as const).flatMap(openEngine);

function openEngine(name: NetworkEngineName): readonly NetworkEngine[] {
  try {
    return [chooseNetworkEngine({ environment: process.env, name }).engine];
  } catch (error) {
    console.log(`not measured: ${(error as Error).message}`);
    return [];
  }
}

/** Seconds of processor time of this process. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * The shortest of some rounds, in seconds of processor time for one call: all subjects use one thread, and what else runs
 * on the machine counts less.
 */
async function secondsOf(call: () => unknown): Promise<number> {
  await call();
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const startedAt = processorSeconds();
    let calls = 0;
    do {
      await call();
      calls++;
    } while (processorSeconds() - startedAt < ROUND_MS / 1_000);
    best = Math.min(best, (processorSeconds() - startedAt) / calls);
  }
  return best;
}

interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

const PRODUCTS: readonly Product[] = isSmoke
  ? [{ rows: 4, inner: 64, columns: 32 }]
  : [
      { rows: 1, inner: 512, columns: 512 },
      { rows: 1, inner: 2_048, columns: 2_048 },
      { rows: 64, inner: 512, columns: 512 },
      { rows: 256, inner: 1_024, columns: 1_024 },
    ];

const I32 = { lo: -(2 ** 31), hi: 2 ** 31 - 1 };

function denseHeader({ rows, inner, columns }: Product, type: 'i8' | 'i16'): NetworkHeader {
  const graph = new GraphBuilder({ form: 'map', input: spec(type, rows, inner) });
  graph.append('dense', {
    inputs: [TASK_INPUT],
    output: spec('i32', rows, columns),
    attributes: { leading: 1, zx: 0, zy: 0, ...I32 },
  });
  return graph.header;
}

const randomBytes = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);

async function engineSeconds(engine: NetworkEngine, product: Product, type: 'i8' | 'i16'): Promise<number> {
  const header = denseHeader(product, type);
  const loaded = engine.load(header, randomBytes(header.blobBytes));
  const network = createNetwork(header, { T: 1, N: 1 });
  const input = {
    bytes: randomBytes(product.rows * product.inner * (type === 'i8' ? 1 : 2)),
    tokens: new Uint32Array(0),
  };
  return secondsOf(() => loaded.pass({ network, input }));
}

async function ortSeconds(ort: Ort, product: Product, isFloat: boolean): Promise<number> {
  const { rows, inner, columns } = product;
  const weights = randomBytes(inner * columns);
  const model = isFloat
    ? matrixProductModel('MatMul', product, Float32Array.from(weights))
    : matrixProductModel('MatMulInteger', product, Int8Array.from(weights));
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const activations = randomBytes(rows * inner);
  const A = isFloat
    ? new ort.Tensor('float32', Float32Array.from(activations), [rows, inner])
    : new ort.Tensor('uint8', activations, [rows, inner]);
  return secondsOf(() => session.run({ A }));
}

function openOrt(): Ort | undefined {
  const directory = process.env.AIVM_ONNXRUNTIME;
  if (directory === undefined) return undefined;
  return createRequire(join(directory, 'package.json'))('onnxruntime-node') as Ort;
}

const perSecond = (macs: number, seconds: number): string =>
  `${(macs / seconds / 1e9).toFixed(2)} × 10^9 MAC/s`;

async function benchProducts(ort: Ort | undefined): Promise<void> {
  for (const product of PRODUCTS) {
    const macs = product.rows * product.inner * product.columns;
    const name = `${product.rows} × ${product.inner} × ${product.columns}`;
    const baselines =
      ort === undefined
        ? []
        : ([
            ['onnxruntime uint8 × int8', await ortSeconds(ort, product, false)],
            ['onnxruntime float', await ortSeconds(ort, product, true)],
          ] as const);
    const engines: [string, number][] = [];
    for (const engine of ENGINES)
      for (const type of ['i8', 'i16'] as const)
        engines.push([`${engine.name}, ${type} × i8`, await engineSeconds(engine, product, type)]);
    const base = baselines[0]?.[1];
    for (const [who, seconds] of [...baselines, ...engines]) {
      const ratio = base === undefined ? '' : `  ${(base / seconds).toFixed(3)} of onnxruntime int8`;
      console.log(`${name.padEnd(20)} ${who.padEnd(26)} ${perSecond(macs, seconds)}${ratio}`);
    }
  }
}

async function benchStory(engine: NetworkEngine): Promise<void> {
  const directory = new URL('../models/story/', import.meta.url);
  const header = parseNetworkHeader(new Uint8Array(readFileSync(new URL('story.header', directory))));
  const story = engine.load(header, new Uint8Array(readFileSync(new URL('story.blob', directory))));
  const prompt = Uint32Array.from(new TextEncoder().encode('The king said to the'));
  const count = isSmoke ? 2 : 100;
  const tokens = [...prompt];
  const startedAt = processorSeconds();
  for await (const token of story.generate(prompt, count)) tokens.push(token);
  const generation = processorSeconds() - startedAt;
  const N = tokens.length - prompt.length;
  const network = createNetwork(header, { T: tokens.length - 1, N });
  const input = { bytes: new Uint8Array(0), tokens: Uint32Array.from(tokens) };
  const passedAt = processorSeconds();
  const trace = await story.pass({ network, input });
  const pass = processorSeconds() - passedAt;
  const hashedAt = processorSeconds();
  traceTree(network, trace);
  const hashing = processorSeconds() - hashedAt;
  console.log(
    `story, ${engine.name}: ${(N / generation).toFixed(1)} tokens/s; generation ${generation.toFixed(2)} s, ` +
      `one pass over the finished text ${pass.toFixed(2)} s (${(pass / generation).toFixed(2)} of it), ` +
      `tree over ${(network.traceBytes / 1e6).toFixed(1)} MB of trace ${hashing.toFixed(2)} s (${(hashing / pass).toFixed(2)} of the pass)`,
  );
}

console.log(`${cpus()[0]?.model}, Node.js ${process.version}, one thread`);
const ort = openOrt();
if (ort === undefined) console.log('onnxruntime: not measured, AIVM_ONNXRUNTIME is not set');
await benchProducts(ort);
for (const engine of ENGINES) await benchStory(engine);
