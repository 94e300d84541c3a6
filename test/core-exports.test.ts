import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesBelow, packageNames, type SourceFile, sourcesBelow } from './source-tree.ts';

const ROOT = new URL('../', import.meta.url);
const SRC = 'packages/core/src/';
const core = sourcesBelow('packages/core/src');
const isIndex = ({ path }: SourceFile): boolean => path.endsWith('/index.ts');
const outside: readonly SourceFile[] = [
  ...packageNames()
    .filter((name) => name !== 'core')
    .flatMap((name) => sourcesBelow(`packages/${name}`)),
  ...['packages/core/test', 'packages/core/scripts', 'test', 'bench'].flatMap(sourcesBelow),
  ...filesBelow('scripts').map((path) => ({ path, text: readFileSync(new URL(path, ROOT), 'utf8') })),
];

/** The names that a file takes from others, by the path or package they come from. */
function namesTaken({ text }: SourceFile): ReadonlyMap<string, readonly string[]> {
  const taken = new Map<string, string[]>();
  for (const [, members = '', from = ''] of text.matchAll(
    /^\s*(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s+'([^']+)'/gm,
  )) {
    const names = members
      .split(',')
      .map((member) =>
        member
          .trim()
          .replace(/^type /, '')
          .replace(/ as .*$/, ''),
      )
      .filter((name) => name !== '');
    taken.set(from, [...(taken.get(from) ?? []), ...names]);
  }
  return taken;
}

const exportedBy = (index: SourceFile): readonly string[] => [...namesTaken(index).values()].flat();
const folderOf = ({ path }: SourceFile): string => path.slice(SRC.length).split('/')[0] as string;
const indexes = core.filter((file) => isIndex(file) && folderOf(file) !== 'index.ts');
const root = core.find(({ path }) => path === `${SRC}index.ts`) as SourceFile;
const rootNames = exportedBy(root);

/** Names that code outside of core's sources takes from a sub-path. */
function takenFrom(folder: string): ReadonlySet<string> {
  const isIt = (from: string): boolean =>
    from === `@aivm/core/${folder}` || from.endsWith(`/src/${folder}/index.ts`);
  return new Set(
    outside.flatMap((file) => [...namesTaken(file)].flatMap(([from, names]) => (isIt(from) ? names : []))),
  );
}

/** What a Go programmer looks up has its row in docs/go-names.md, whoever uses it. */
const seedNames = new Set(
  [...readFileSync(new URL('docs/go-names.md', ROOT), 'utf8').matchAll(/\| `(\w+)` \| `@aivm\/core/g)].map(
    ([, name]) => name as string,
  ),
);
/** Folders whose names serve classes of models that are not in the table yet. */
const AHEAD_OF_USE = new Set(['network']);
/** Named by declarations that the compiler writes, or through a module as a whole. */
const NAMED_OTHERWISE = new Set(['StructValue', 'Layout']);

describe('the sub-paths of core', () => {
  it('are the folders, each with an index and an entry in package.json', () => {
    const { exports } = JSON.parse(readFileSync(new URL('packages/core/package.json', ROOT), 'utf8'));
    const folders = [...new Set(core.map(folderOf))].filter((folder) => folder !== 'index.ts').sort();
    expect(indexes.map(folderOf).sort()).toEqual(folders);
    expect(Object.keys(exports).sort()).toEqual(['.', ...folders.map((folder) => `./${folder}`)].sort());
  });

  it('export nothing that nobody uses', () => {
    const unused = indexes
      .filter((index) => !AHEAD_OF_USE.has(folderOf(index)))
      .flatMap((index) => {
        const taken = takenFrom(folderOf(index));
        return exportedBy(index)
          .filter((name) => !taken.has(name) && !rootNames.includes(name))
          .filter((name) => !seedNames.has(name) && !NAMED_OTHERWISE.has(name))
          .map((name) => `${folderOf(index)}: ${name}`);
      });
    expect(unused).toEqual([]);
    expect(indexes.flatMap(exportedBy).length).toBeGreaterThan(250);
  });

  it('have the names of the root, which are few', () => {
    const all = new Set(indexes.flatMap(exportedBy));
    expect(rootNames.filter((name) => !all.has(name))).toEqual([]);
    expect(rootNames.length).toBeGreaterThan(40);
    expect(rootNames.length).toBeLessThanOrEqual(80);
  });
});
