import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SKIPPED = new Set(['node_modules', 'dist', 'generated', 'coverage', '__snapshots__']);

/** A file of the repository. */
export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

function walk(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return walk(path);
    return entry.isFile() ? [path] : [];
  });
}

/** Every file below a directory that people wrote. */
export const filesBelow = (directory: string): readonly string[] => walk(directory).sort();

/** Every TypeScript file below a directory that people wrote. */
export const sourcesBelow = (directory: string): readonly SourceFile[] =>
  filesBelow(directory)
    .filter((path) => /\.m?tsx?$/.test(path))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

/** The names of the packages, as their directories are called. */
export const packageNames = (): readonly string[] => readdirSync(join(ROOT, 'packages')).sort();

/** A source without comments and without the contents of template and quoted text, so that words in them do not count. */
export const codeOf = ({ text }: SourceFile): string =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
    .replace(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");

/** What a file imports or re-exports, types included, as it is written there. */
export function importsOf({ text }: SourceFile): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]/gm);
  const bare = code.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm);
  const dynamic = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [...statements, ...bare, ...dynamic].map(([, specifier]) => specifier as string);
}

/** The file that a relative import means, from the repository's root. */
export const resolveFrom = (path: string, specifier: string): string =>
  relative(ROOT, join(ROOT, dirname(path), specifier)).replaceAll('\\', '/');
