import { describe, expect, it } from 'vitest';
import {
  codeOf,
  filesBelow,
  packageNames,
  resolveFrom,
  type SourceFile,
  sourcesBelow,
} from './source-tree.ts';

const sources = packageNames().flatMap((name) => sourcesBelow(`packages/${name}/src`));
/** Everything that may use a source: sources, tests, mutants, scripts and benchmarks. */
const all = [
  ...packageNames().flatMap((name) => sourcesBelow(`packages/${name}`)),
  ...['test', 'bench', 'scripts'].flatMap(sourcesBelow),
];

const isIndex = ({ path }: SourceFile): boolean => path.endsWith('/index.ts');

/** The values that a file exports where it defines them. Types are left out: they name what a value's signature needs. */
const valuesExported = (file: SourceFile): readonly string[] =>
  [
    ...codeOf(file).matchAll(
      /^export (?:abstract )?(?:async )?(?:const|function\*?|class) ([A-Za-z_$][\w$]*)/gm,
    ),
  ].map(([, name]) => name as string);

/** In how many files each word occurs, comments and quoted text left out. */
function countWords(files: readonly SourceFile[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const file of files) {
    for (const word of new Set(codeOf(file).match(/[A-Za-z_$][\w$]*/g))) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  return counts;
}

/** Values that no other file names, as "file: name". */
const unusedValues = (files: readonly SourceFile[], users: readonly SourceFile[]): readonly string[] => {
  const counts = countWords(users);
  return files
    .filter((file) => !isIndex(file))
    .flatMap((file) =>
      valuesExported(file)
        .filter((name) => (counts.get(name) ?? 0) < 2)
        .map((name) => `${file.path}: ${name}`),
    );
};

/** Relative paths that a file mentions in quotes: imports, and scripts that are started by their path. */
const pathsIn = (file: SourceFile): readonly string[] =>
  [...file.text.matchAll(/['"`](\.{1,2}\/[^'"`\s]+)['"`]/g)].map(([, path]) =>
    resolveFrom(file.path, (path as string).replace(/\.js$/, '.ts')),
  );

describe('the sources', () => {
  it('export no value that no other file uses', () => {
    expect(sources.flatMap(valuesExported).length).toBeGreaterThan(1_000);
    expect(unusedValues(sources, all)).toEqual([]);
  });

  it('have no file that no other file mentions', () => {
    const mentioned = new Set(all.flatMap(pathsIn));
    const launcher = filesBelow('packages/cli/bin');
    expect(launcher).toContain('packages/cli/bin/aivm.js');
    const lonely = sources
      .filter((file) => !isIndex(file) && !mentioned.has(file.path))
      .map(({ path }) => path);
    // Started by packages/cli/bin/aivm.js, and bundled by packages/explorer/scripts/bundle.mjs, which are no TypeScript.
    expect(lonely).toEqual(['packages/cli/src/main.ts', 'packages/explorer/src/app/main.tsx']);
  });

  it('that export too much are seen', () => {
    const one = { path: 'packages/x/src/one.ts', text: 'export const used = 1;\nexport function alone() {}' };
    const two = { path: 'packages/x/src/two.ts', text: "import { used } from './one.ts';\n// alone\nused;" };
    expect(unusedValues([one, two], [one, two])).toEqual(['packages/x/src/one.ts: alone']);
    expect(pathsIn(two)).toEqual(['packages/x/src/one.ts']);
  });
});
