import type { Input } from './input.ts';

/** Where a value lies inside an input. */
export type Path = readonly (string | number)[];

/** Bytes of an input: where they are, and what they are written in. */
export interface Part {
  readonly path: Path;
  readonly bytes: Uint8Array;
  readonly form: 'der' | 'xml' | 'json' | 'raw';
}

const LISTS: ReadonlySet<unknown> = new Set(['lists', 'rootList', 'platformList']);

function formOf(path: Path): Part['form'] {
  if (path.includes('chain') || path.some((step) => LISTS.has(step))) return 'der';
  if (path.includes('rims')) return 'xml';
  return path.at(-1) === 'bytes' ? 'json' : 'raw';
}

function collect(value: unknown, path: Path, parts: Part[]): void {
  if (value instanceof Uint8Array) parts.push({ path, bytes: value, form: formOf(path) });
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) collect(item, [...path, i], parts);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) collect(member, [...path, name], parts);
  }
}

/** All byte strings of evidence and collateral. */
export function partsOf({ evidence, collateral }: Input): readonly Part[] {
  const parts: Part[] = [];
  collect({ evidence, collateral }, [], parts);
  return parts;
}

/** The value at a place. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, step) => (inner as Record<string | number, unknown>)[step], value);

/** A copy of `value` with another value at one place; everything else is shared. */
export function replaceAt<T>(value: T, [step, ...rest]: Path, replacement: unknown): T {
  if (step === undefined) return replacement as T;
  const inner = replaceAt((value as Record<string | number, unknown>)[step], rest, replacement);
  if (!Array.isArray(value)) return { ...value, [step]: inner };
  return value.map((item, i) => (i === step ? inner : item)) as T;
}

/** The lists of byte strings: chains, revocation lists, manifests. */
export function listsOf({ evidence, collateral }: Input): readonly Path[] {
  const parts: Part[] = [];
  collect({ evidence, collateral }, [], parts);
  const paths = parts
    .filter(({ path }) => typeof path.at(-1) === 'number')
    .map(({ path }) => path.slice(0, -1));
  return [...new Map(paths.map((path) => [path.join('/'), path])).values()];
}
