import { KECCAK_WGSL } from './keccak-wgsl.ts';

/** Invocations of a workgroup: two or more subgroups on every GPU, and few enough that registers suffice. */
export const WORKGROUP_SIZE = 64;

/**
 * A shader with one invocation per struct of a batch. Bindings: 0 the batch, then a read-only array of words per name of
 * `inputs`, last the array `results`. In `main`, `index` is the struct's place in the batch.
 */
export function kernelWgsl({ inputs, functions = '', main }: KernelWgslParameters): string {
  const bindings = inputs.map(
    (name, place) => `@group(0) @binding(${place + 1}) var<storage, read> ${name}: array<u32>;`,
  );
  return `struct Batch {
  count: u32,
  first: u32,
  now: vec2u,
  rounds: u32,
}
@group(0) @binding(0) var<uniform> batch: Batch;
${bindings.join('\n')}
@group(0) @binding(${inputs.length + 1}) var<storage, read_write> results: array<u32>;
${KECCAK_WGSL}
fn isAtMost(left: vec2u, right: vec2u) -> bool {
  return left.y < right.y || (left.y == right.y && left.x <= right.x);
}
${functions}
@compute @workgroup_size(${WORKGROUP_SIZE})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let index = id.x;
  if (index >= batch.count) { return; }
${main}
}
`;
}

/** What one kernel's shader is made of. */
export interface KernelWgslParameters {
  readonly inputs: readonly string[];
  readonly functions?: string;
  readonly main: string;
}

/** WGSL expressions for `count` words of an array, from a base expression plus an offset in words. */
export const wordsAt = (array: string, base: string, offset: number, count: number): string[] =>
  Array.from({ length: count }, (_, word) => `${array}[${base} + ${offset + word}u]`);

/** WGSL statements that store `words` into `results`, from a base expression plus an offset in words. */
export const storeWords = (base: string, offset: number, words: readonly string[]): string =>
  words.map((word, place) => `  results[${base} + ${offset + place}u] = ${word};`).join('\n');
