import { OPERATIONS } from '@aivm/core/tx';
import { describe, expect, it } from 'vitest';
import { findCircles, relativeImports, twoWayFolders } from './import-circles.ts';
import {
  codeOf,
  filesBelow,
  importsOf,
  packageNames,
  resolveFrom,
  type SourceFile,
  sourcesBelow,
} from './source-tree.ts';

/** What each package may import of ours. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  sdk: ['core'],
  backends: ['core'],
  import: ['backends', 'core'],
  node: ['backends', 'core', 'sdk'],
  worker: ['core', 'sdk'],
  gateway: ['core', 'sdk'],
  explorer: ['core', 'sdk'],
  cli: ['backends', 'core', 'explorer', 'gateway', 'import', 'node', 'sdk', 'worker'],
  // Private packages may use anything but each other's stories.
  demo: ['cli', 'core', 'node', 'sdk', 'test-authority', 'worker'],
  sim: ['backends', 'cli', 'core', 'node', 'sdk', 'test-authority', 'worker'],
  'test-authority': ['core'],
};

/** Folders of core: each imports only from those left of it, and from itself. */
const CORE_ORDER = [
  'errors',
  'bytes',
  'layout',
  'crypto',
  'kernels',
  'network',
  'attestation',
  'state',
  'tx',
  'block',
  'execute',
];

/** Folders of core's execute: the same rule. */
const EXECUTE_ORDER = [
  'context',
  'models',
  'providers',
  'epochs',
  'attestation',
  'registry',
  'tasks',
  'economy',
  'settlement',
  'panels',
  'assignment',
  'disputes',
  'operations',
  'block',
  'genesis',
];

/** Entries of packages beside their names, for programs that must not load the whole of them. */
const ENTRIES: ReadonlySet<string> = new Set(['@aivm/node/plugin']);

const LINES_MAX = 350;

/** Names that only one kind of host has. */
const HOST_GLOBALS =
  /\b(?:process|Buffer|__dirname|__filename|require|navigator|localStorage|XMLHttpRequest)\b\s*[.([]/;
/** What core may not use at all: clocks, chance, waiting, the network. */
const IMPURE =
  /\b(?:Date|Math\.random|setTimeout|setInterval|queueMicrotask|fetch|performance|crypto|globalThis)\b\s*[.([]|\bnew Date\b|\basync\b|\bawait\b|\bPromise\b/;

const packageOf = (path: string): string => path.split('/')[1] ?? '';
const sources = (name: string): readonly SourceFile[] => sourcesBelow(`packages/${name}/src`);
const allSources = packageNames().flatMap(sources);
const core = sources('core');
const tests = [...packageNames().map((name) => `packages/${name}/test`), 'test'].flatMap(sourcesBelow);

/** Of our packages: the one that an import leads to. */
function packageImported({ path }: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return packageOf(resolveFrom(path, specifier));
  if (specifier === 'aivm') return 'cli';
  return /^@aivm\/([a-z-]+)/.exec(specifier)?.[1];
}

/** The folder of core that an import by sub-path leads to. */
const coreFolderOf = (specifier: string): string | undefined =>
  CORE_ORDER.find((folder) => specifier === `@aivm/core/${folder}`);

/** Every violation as "file: what", so that a failure names them all. */
const violations = (files: readonly SourceFile[], find: (file: SourceFile) => readonly string[]): string[] =>
  files.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`));

describe('the arrows between packages', () => {
  it('cover every package', () => {
    expect(packageNames()).toEqual(Object.keys(ARROWS).sort());
    expect(allSources.length).toBeGreaterThan(150);
    expect(allSources.flatMap(importsOf).length).toBeGreaterThan(500);
  });

  it('are followed by every import', () => {
    const wrong = violations(allSources, (file) => {
      const own = packageOf(file.path);
      return importsOf(file).filter((specifier) => {
        const target = packageImported(file, specifier);
        return target !== undefined && target !== own && ARROWS[own]?.includes(target) !== true;
      });
    });
    expect(wrong).toEqual([]);
  });

  it('go through the name of a package, not into its files', () => {
    const wrong = violations(allSources, (file) =>
      importsOf(file).filter((specifier) => {
        if (specifier.startsWith('.'))
          return packageOf(resolveFrom(file.path, specifier)) !== packageOf(file.path);
        if (ENTRIES.has(specifier)) return false;
        return /^@aivm\/[a-z-]+\//.test(specifier) && coreFolderOf(specifier) === undefined;
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('name a folder of core: its root is for programs outside of this repository', () => {
    expect(violations(allSources, (file) => importsOf(file).filter((name) => name === '@aivm/core'))).toEqual(
      [],
    );
  });

  it('see a wrong import', () => {
    const file = {
      path: 'packages/core/src/x.ts',
      text: "import type { A } from '@aivm/sdk';\nexport { b } from '../../node/src/b.ts';",
    };
    expect(importsOf(file).map((specifier) => packageImported(file, specifier))).toEqual(['sdk', 'node']);
  });
});

describe('the folders of core', () => {
  const folderOf = (path: string): string => path.split('/')[3] ?? '';

  it('are the ones of the order', () => {
    const folders = new Set(core.map(({ path }) => folderOf(path)));
    folders.delete('index.ts');
    for (const folder of folders) expect(CORE_ORDER).toContain(folder);
  });

  it('import only leftwards', () => {
    const wrong = violations(core, (file) => {
      const own = folderOf(file.path);
      if (own === 'index.ts') return [];
      return importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => folderOf(resolveFrom(file.path, specifier)))
        .filter(
          (target) => !CORE_ORDER.includes(target) || CORE_ORDER.indexOf(target) > CORE_ORDER.indexOf(own),
        );
    });
    expect(wrong).toEqual([]);
  });

  it('in execute, too', () => {
    const roomOf = (path: string): string => path.split('/')[4] ?? '';
    const inExecute = core.filter(({ path }) => /^packages\/core\/src\/execute\/[^/]+\//.test(path));
    expect([...new Set(inExecute.map(({ path }) => roomOf(path)))].sort()).toEqual([...EXECUTE_ORDER].sort());
    const wrong = violations(inExecute, (file) =>
      importsOf(file)
        .map((specifier) => resolveFrom(file.path, specifier))
        .filter((target) => target.startsWith('packages/core/src/execute/'))
        .filter((target) => EXECUTE_ORDER.indexOf(roomOf(target)) > EXECUTE_ORDER.indexOf(roomOf(file.path))),
    );
    expect(wrong).toEqual([]);
  });

  it('give each operation a file of its name, what it is and what it does', () => {
    const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const namesIn = (folder: string): string[] =>
      core
        .filter(({ path }) => path.startsWith(`packages/core/src/${folder}/`))
        .map(({ path }) => path.slice(path.lastIndexOf('/') + 1, -'.ts'.length));
    const operations = Object.keys(OPERATIONS).map(kebab);
    const described = namesIn('tx/operations');
    expect(described.sort()).toEqual([...operations, 'define-operation', 'members', 'operations'].sort());
    expect(namesIn('execute/operations').sort()).toEqual([...operations, 'handlers'].sort());
    for (const name of Object.keys(OPERATIONS)) {
      const file = core.find(({ path }) => path.endsWith(`/execute/operations/${kebab(name)}.ts`));
      expect(file?.text).toContain(`export function process${name[0]?.toUpperCase()}${name.slice(1)}(`);
    }
  });

  it('never branch on the class of a model outside of models', () => {
    const wrong = violations(
      core.filter(
        ({ path }) => !/\/(?:execute\/models|execute\/genesis\/genesis-models|state\/records)/.test(path),
      ),
      (file) => codeOf(file).match(/\bCheckClass\./) ?? [],
    );
    expect(wrong).toEqual([]);
  });

  it('never reach for a clock, chance, the network or a promise', () => {
    expect(violations(core, (file) => codeOf(file).match(IMPURE) ?? [])).toEqual([]);
  });
});

describe('circles', () => {
  const folderOf = (path: string): string | undefined =>
    path.split('/').length > 4 ? path.split('/').slice(3, -1).join('/') : undefined;
  const inPackage = (path: string): string => path.split('/').slice(3).join('/');

  it.each(packageNames())('are not among the files and folders of %s, type imports included', (name) => {
    const graph = relativeImports(sources(name));
    expect(findCircles(graph)).toEqual([]);
    expect(twoWayFolders(graph, folderOf)).toEqual([]);
  });

  it('are seen', () => {
    const graph = relativeImports([
      { path: 'packages/core/src/a/x.ts', text: "import type { Y } from '../b/y.ts';" },
      { path: 'packages/core/src/b/y.ts', text: "export { z } from './z.ts';" },
      { path: 'packages/core/src/b/z.ts', text: "import { x } from '../a/x.ts';" },
      { path: 'packages/core/src/b/end.ts', text: "import { z } from './z.ts';" },
    ]);
    expect(findCircles(graph).map((circle) => circle.map(inPackage))).toEqual([
      ['a/x.ts', 'b/y.ts', 'b/z.ts'],
    ]);
    expect(twoWayFolders(graph, folderOf)).toEqual(['a ↔ b']);
  });
});

describe('every library', () => {
  const browser = [...core, ...sources('sdk')];
  const libraries = allSources.filter(({ path }) => packageOf(path) !== 'cli');

  it('that a browser loads, knows no host', () => {
    expect(violations(browser, (file) => importsOf(file).filter((name) => name.startsWith('node:')))).toEqual(
      [],
    );
    expect(violations(browser, (file) => codeOf(file).match(HOST_GLOBALS) ?? [])).toEqual([]);
  });

  it('has no console, default export, star export, enum, namespace or Buffer type', () => {
    const rules: readonly (readonly [string, RegExp])[] = [
      ['console', /\bconsole\./],
      ['default export', /^\s*export default\b/m],
      ['export *', /^\s*export\s+(?:type\s+)?\*/m],
      ['enum', /^\s*(?:export\s+)?(?:const\s+)?enum\b/m],
      ['namespace', /^\s*(?:export\s+)?(?:declare\s+)?namespace\b/m],
      ['any', /(?::|\bas|<)\s*any\b/],
    ];
    const wrong = violations(libraries, (file) => {
      const code = codeOf(file);
      return rules.filter(([, pattern]) => pattern.test(code)).map(([name]) => name);
    });
    expect(wrong).toEqual([]);
  });

  it('imports relative files by their full name', () => {
    const wrong = violations([...allSources, ...tests], (file) =>
      importsOf(file).filter((name) => name.startsWith('.') && !/\.(?:m?tsx?|mjs|json)$/.test(name)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('the tree', () => {
  const directories = packageNames().flatMap((name) => [`packages/${name}/src`, `packages/${name}/test`]);
  const files = [...directories, 'test'].flatMap(filesBelow);

  it('has file and folder names in kebab-case', () => {
    const isTidy = (path: string): boolean =>
      path.split('/').every((part) => /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)*$/.test(part));
    expect(files.length).toBeGreaterThan(250);
    // Checkpoints have the names that their library gives them.
    const ours = files.filter((path) => !path.startsWith('packages/import/test/models/'));
    expect(ours.filter((path) => !isTidy(path))).toEqual([]);
  });

  it('has no drawer for everything', () => {
    expect(files.filter((path) => /\/(?:utils?|helpers?|misc|common)(?:\/|\.ts$)/.test(path))).toEqual([]);
  });

  it('has no long file', () => {
    const isIndex = ({ path }: SourceFile): boolean => path.endsWith('/index.ts');
    const long = [...allSources, ...tests]
      .filter((file) => !isIndex(file) && file.text.split('\n').length - 1 > LINES_MAX)
      .map(({ path, text }) => `${path}: ${text.split('\n').length - 1} lines`);
    expect(long).toEqual([]);
  });

  const assertsIn = (file: SourceFile): boolean => /\bexpect\w*[.(<]|\bassert\w*[.(]/.test(codeOf(file));
  /** A compliance suite asserts for the file that hands it a subject. */
  const assertsInSuite = (file: SourceFile, specifier: string): boolean => {
    const path = specifier.startsWith('.') ? resolveFrom(file.path, specifier) : undefined;
    return tests.some((other) => other.path === path && assertsIn(other));
  };

  it('has no test file without an assertion, and none that runs alone or is skipped', () => {
    const specs = tests.filter(({ path }) => path.endsWith('.test.ts'));
    expect(specs.length).toBeGreaterThan(50);
    const wrong = violations(specs, (file) => {
      const code = codeOf(file);
      const asserts = assertsIn(file) || importsOf(file).some((name) => assertsInSuite(file, name));
      const focus = code.match(/\b(?:it|test|describe)\.(?:only|skip|todo)\b/) ?? [];
      return [...(asserts ? [] : ['no assertion']), ...focus];
    });
    expect(wrong).toEqual([]);
  });

  it('has a test file under its own package only where a source folder or file matches', () => {
    // A test mirrors a folder of src, or stands at the top for the package as a whole.
    const wrong = packageNames().flatMap((name) => {
      const folders = new Set(sources(name).map(({ path }) => path.split('/')[3]));
      return filesBelow(`packages/${name}/test`)
        .filter((path) => path.split('/').length > 4 && path.endsWith('.test.ts'))
        .filter((path) => !folders.has(path.split('/')[3]));
    });
    expect(wrong).toEqual([]);
  });
});
