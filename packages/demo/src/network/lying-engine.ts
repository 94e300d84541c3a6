import {
  createNetwork,
  type OperatorKind,
  rowStride,
  runningOperator,
  shapeOf,
  sizeOf,
  type Trace,
  tensorOffset,
} from '@aivm/core/network';
import type { LoadedNetwork, NetworkEngine } from '@aivm/worker';
import { type Pass, rerun, rerunLastRow, viewOf } from './rerun.ts';

/** What a liar of the demo changes: its last token, one weight, one row of keys, or one exponential. */
export const LIES = ['token', 'weight', 'keys', 'exp'] as const;
export type LieKind = (typeof LIES)[number];

/** One pass with a mistake in it; undefined where it would not be seen in the answer. */
type Mistake = (pass: Pass, honest: Trace, blob: Uint8Array) => Uint8Array | undefined;

const outputOf = ({ network }: Pass, bytes: Uint8Array): Uint8Array => {
  const last = network.tensorCount - 1;
  const start = tensorOffset(network, last);
  return bytes.subarray(start, start + sizeOf(shapeOf(network, last)));
};

/** Tensors of one kind, the last layer first. */
function tensorsOf({ network }: Pass, kind: OperatorKind): readonly number[] {
  const { header, tensorCount } = network;
  return Array.from({ length: tensorCount }, (_, tensor) => tensorCount - 1 - tensor).filter(
    (tensor) => header.operators[runningOperator(network, tensor).written]!.kind === kind,
  );
}

/** Whether the answer differs in its last element alone, and does not end the text there. */
function isUsable(pass: Pass, honest: Trace, bytes: Uint8Array): boolean {
  const [mine, right] = [outputOf(pass, bytes), honest.output];
  if (Buffer.compare(mine, right) === 0) return false;
  const { header } = pass.network;
  if (header.form !== 'decoder') return true;
  const last = mine.length - 4;
  const token = new DataView(mine.buffer, mine.byteOffset).getUint32(last, true);
  return (
    Buffer.compare(mine.subarray(0, last), right.subarray(0, last)) === 0 && !header.endTokens.includes(token)
  );
}

/** Changes the last element of the answer, and nothing else. */
const changeToken: Mistake = (pass, honest) => {
  const bytes = Uint8Array.from(honest.bytes);
  const output = viewOf(pass, bytes, pass.network.tensorCount - 1);
  const last = output.length - 1;
  const { header } = pass.network;
  const right = Number(output[last]);
  let wrong = header.form === 'decoder' ? (right + 1) % header.vocabulary : right === 0 ? 1 : 0;
  while (header.endTokens.includes(wrong)) wrong++;
  (output as Int8Array | Uint32Array)[last] = wrong;
  return bytes;
};

/** A decoder's weights by which another last token would win, if one of them were at its bound: the likeliest first. */
function decisiveWeights(
  pass: Pass,
  honest: Trace,
  blob: Uint8Array,
  dense: number,
): readonly [number, number][] {
  const { place, node, inputs } = runningOperator(pass.network, dense);
  const width = node.inputs[0]!.dims.at(-1)!;
  const count = node.output.dims.at(-1)!;
  const x = Array.from(viewOf(pass, honest.bytes, inputs[0]!).slice(-width), Number);
  const logits = Array.from(viewOf(pass, honest.bytes, dense).slice(-count), Number);
  const most = Math.max(...logits);
  const strongest = x.reduce((best, value, k) => (Math.abs(value) > Math.abs(x[best]!) ? k : best), 0);
  const rows = new DataView(blob.buffer, blob.byteOffset);
  return logits
    .map((logit, token): [gap: number, at: number, weight: number] => {
      const row = place + token * rowStride(width);
      const weight = x[strongest]! < 0 ? -127 : 127;
      const gain =
        (weight - rows.getInt8(row + strongest)) * x[strongest]! * rows.getInt32(row + width + 4, true);
      return [most - logit - gain / 2 ** rows.getUint8(row + width + 8), row + strongest, weight & 0xff];
    })
    .filter((_, token) => logits[token] !== most && !pass.network.header.endTokens.includes(token))
    .sort(([left], [right]) => left - right)
    .map(([, at, weight]) => [at, weight]);
}

/** Weights of a map's last rows, each with its sign changed. */
function signsOf(pass: Pass, blob: Uint8Array, dense: number): readonly [number, number][] {
  const { place, node } = runningOperator(pass.network, dense);
  const width = node.inputs[0]!.dims.at(-1)!;
  return Array.from({ length: node.output.count * width }, (_, i) => {
    const at = place + Math.floor(i / width) * rowStride(width) + (i % width);
    return [at, blob[at]! ^ 0x80] as [number, number];
  });
}

const WEIGHT_TRIES_MAX = 400;

/** Changes one weight of the last rows, so that the last element comes out otherwise. */
const changeWeight: Mistake = (pass, honest, blob) => {
  const isText = pass.network.header.form === 'decoder';
  const dense = tensorsOf(pass, isText ? 'dense' : 'dense_shift')[0]!;
  const weights = isText
    ? decisiveWeights(pass, honest, blob, dense).slice(0, 8)
    : signsOf(pass, blob, dense);
  const bytes = Uint8Array.from(honest.bytes);
  for (const [at, weight] of weights.slice(0, WEIGHT_TRIES_MAX)) {
    const changed = Uint8Array.from(blob);
    changed[at] = weight;
    rerun(pass, bytes, changed, dense);
    if (isUsable(pass, honest, bytes)) return bytes;
  }
  return undefined;
};

/** Changes the keys of the last row, in one layer. */
const changeKeys: Mistake = (pass, honest, blob) => {
  for (const scores of tensorsOf(pass, 'scores')) {
    const keys = runningOperator(pass.network, scores).inputs[1]!;
    for (const value of [32_767, -32_768, 0]) {
      const bytes = Uint8Array.from(honest.bytes);
      const row = viewOf(pass, bytes, keys) as Int16Array;
      row.fill(value, row.length - row.length / pass.network.size.T);
      rerunLastRow(pass, bytes, blob, keys + 1);
      if (isUsable(pass, honest, bytes)) return bytes;
    }
  }
  return undefined;
};

/** Changes one exponential of the last row, in one head of one layer. */
const changeExp: Mistake = (pass, honest, blob) => {
  const { T } = pass.network.size;
  for (const exp of tensorsOf(pass, 'exp')) {
    const [heads] = shapeOf(pass.network, exp).dims as [number];
    for (let head = 0; head < heads; head++)
      for (const key of [0, T >> 1, T - 1]) {
        const bytes = Uint8Array.from(honest.bytes);
        (viewOf(pass, bytes, exp) as Uint16Array)[(head * T + T - 1) * T + key] = 65_535;
        rerunLastRow(pass, bytes, blob, exp + 1);
        if (isUsable(pass, honest, bytes)) return bytes;
      }
  }
  return undefined;
};

const MISTAKES: Readonly<Record<LieKind, Mistake>> = {
  token: changeToken,
  weight: changeWeight,
  keys: changeKeys,
  exp: changeExp,
};

/** A liar that answered looks for its mistake no second time when it has to show the trace of that answer. */
function rememberLast(compute: (parameters: Pass) => Promise<Trace>): (parameters: Pass) => Promise<Trace> {
  let last: { readonly key: string; readonly trace: Promise<Trace> } | undefined;
  return ({ network, input }) => {
    const key = `${JSON.stringify(network.size)}|${String(input.tokens)}|${String(input.bytes)}`;
    if (last?.key !== key) last = { key, trace: compute({ network, input }) };
    return last.trace;
  };
}

/**
 * An engine that makes one mistake of a kind in every pass where it shows, as late as it can, and computes everything behind it as an
 * honest one would. Its answers are those of its traces. For the demo and tests alone.
 */
export function createLyingEngine(kind: LieKind, honest: NetworkEngine): NetworkEngine {
  const load: NetworkEngine['load'] = (header, blob) => {
    const network = honest.load(header, blob);
    const pass = rememberLast(async (parameters) => {
      const right = await network.pass(parameters);
      const bytes = MISTAKES[kind](parameters, right, blob);
      // A mistake that would not show is not made.
      return bytes === undefined ? right : { bytes, output: outputOf(parameters, bytes) };
    });
    return { header, pass, generate: (prompt, maxNew) => generate(network, pass, prompt, maxNew) };
  };
  return { name: `lying ${kind}`, load };
}

/** The honest text, its last token as the mistake makes it: that one is never fed, so the pass over the text is the same. */
async function* generate(
  network: LoadedNetwork,
  pass: (parameters: Pass) => Promise<Trace>,
  prompt: Uint32Array,
  maxNew: number,
): AsyncGenerator<number, void, undefined> {
  const posted: number[] = [];
  for await (const token of network.generate(prompt, maxNew)) posted.push(token);
  const tokens = Uint32Array.of(...prompt, ...posted);
  const size = { T: tokens.length - 1, N: posted.length };
  const input = { bytes: new Uint8Array(0), tokens };
  const { output } = await pass({ network: createNetwork(network.header, size), input });
  const words = new DataView(output.buffer, output.byteOffset);
  for (let i = 0; i < posted.length; i++) yield words.getUint32(4 * i, true);
}
