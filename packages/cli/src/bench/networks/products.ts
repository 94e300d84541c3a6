import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { NetworkEngine } from '@aivm/backends';
import { createNetwork } from '@aivm/core/network';
import { denseLayer, type Product } from './layers.ts';
import { matrixProductModel } from './onnx-model.ts';
import { type Rounds, secondsOf, someBytes } from './processor-time.ts';

/** Multiply–adds a second of one subject on one product. */
export interface ProductRow extends Product {
  readonly subject: string;
  readonly macsPerSecond: number;
  /** Of onnxruntime's uint8 × int8 in the same run; undefined where that was not measured. */
  readonly ofBaseline: number | undefined;
}

/** What is used of onnxruntime-node. */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ run(feeds: object): Promise<object> }>;
  };
  readonly Tensor: new (type: string, data: Float32Array | Uint8Array, dims: readonly number[]) => object;
}

/** onnxruntime-node of a directory in which it is installed; undefined without one. */
export function openOrt(directory: string | undefined): Ort | undefined {
  if (directory === undefined || directory === '') return undefined;
  return createRequire(join(directory, 'package.json'))('onnxruntime-node') as Ort;
}

const PRODUCTS: readonly Product[] = [
  { rows: 1, inner: 512, columns: 512 },
  { rows: 1, inner: 2_048, columns: 2_048 },
  { rows: 64, inner: 512, columns: 512 },
  { rows: 256, inner: 1_024, columns: 1_024 },
];
const SMALL: readonly Product[] = [{ rows: 4, inner: 64, columns: 32 }];

const NO_TOKENS = new Uint32Array(0);

function engineSeconds(
  engine: NetworkEngine,
  product: Product,
  type: 'i8' | 'i16',
  rounds: Rounds,
): Promise<number> {
  const header = denseLayer(product, type);
  const loaded = engine.load(header, someBytes(header.blobBytes));
  const network = createNetwork(header, { T: 1, N: 0 });
  const bytes = someBytes(product.rows * product.inner * (type === 'i8' ? 1 : 2));
  return secondsOf(() => loaded.pass({ network, input: { bytes, tokens: NO_TOKENS } }), rounds);
}

async function ortSeconds(ort: Ort, product: Product, isFloat: boolean, rounds: Rounds): Promise<number> {
  const { rows, inner, columns } = product;
  const weights = someBytes(inner * columns);
  const model = isFloat
    ? matrixProductModel('MatMul', product, Float32Array.from(weights))
    : matrixProductModel('MatMulInteger', product, Int8Array.from(weights));
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const activations = someBytes(rows * inner);
  const A = isFloat
    ? new ort.Tensor('float32', Float32Array.from(activations), [rows, inner])
    : new ort.Tensor('uint8', activations, [rows, inner]);
  return secondsOf(() => session.run({ A }), rounds);
}

/** Every engine on products of several sizes, and onnxruntime on the same in the same run. One thread each. */
export async function benchProducts(
  { engines, ort, smoke, rounds }: ProductsParameters,
  onRow: (row: ProductRow) => void,
): Promise<readonly ProductRow[]> {
  const rows: ProductRow[] = [];
  for (const product of smoke ? SMALL : PRODUCTS) {
    const macs = product.rows * product.inner * product.columns;
    const base = ort && (await ortSeconds(ort, product, false, rounds));
    const add = (subject: string, seconds: number): void => {
      const ofBaseline = base === undefined ? undefined : base / seconds;
      const row = { ...product, subject, macsPerSecond: macs / seconds, ofBaseline };
      onRow(row);
      rows.push(row);
    };
    if (ort !== undefined && base !== undefined) {
      add('onnxruntime u8 × i8', base);
      add('onnxruntime float', await ortSeconds(ort, product, true, rounds));
    }
    for (const engine of engines)
      for (const type of ['i8', 'i16'] as const)
        add(`${engine.name} ${type} × i8`, await engineSeconds(engine, product, type, rounds));
  }
  return rows;
}

export interface ProductsParameters {
  readonly engines: readonly NetworkEngine[];
  readonly ort: Ort | undefined;
  readonly smoke: boolean;
  readonly rounds: Rounds;
}
