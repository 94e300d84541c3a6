import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { filesBelow } from './source-tree.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['bench', 'docs', 'native', 'ops', 'packages', 'scripts', 'test', 'vectors'];

const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...FOLDERS.flatMap(filesBelow).filter((path) => path.endsWith('.md')),
];
const files = FOLDERS.flatMap(filesBelow);
/** Every file and folder, so that a shortened path can be looked up by its end. */
const places = new Set(
  files.flatMap((path) => path.split('/').map((_, i, parts) => parts.slice(0, i + 1).join('/'))),
);

/** Names of files by which a document means one of its own folder or of a reader's machine. */
const FILE = /\.(?:ts|mts|mjs|c|cc|cu|h|wgsl|json|sol|go|proto|sh)$/;

/** Paths in code marks: those of a file with a folder, and those that begin with a folder of the repository. */
function pathsNamed(markdown: string): readonly string[] {
  const marked = [...markdown.replace(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\s]+)`/g)].map(
    ([, text]) => text as string,
  );
  return (
    marked
      .filter((text) => /^[\w.-]+(?:\/[\w.-]+)+\/?$/.test(text))
      .filter((text) => FILE.test(text) || FOLDERS.includes(text.split('/')[0] as string))
      // What a script builds there is not in a fresh checkout.
      .filter((text) => !text.startsWith('native/build/'))
      .map((text) => text.replace(/\/$/, ''))
  );
}

/** Whether a path names a place, in full or by its end: `core/src/x.ts` and `execute/x/y.ts` are enough. */
const isPlace = (path: string): boolean =>
  places.has(path) || [...places].some((place) => place.endsWith(`/${path}`));

const linksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => (target as string).replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));

describe('the documents', () => {
  it('name only files and folders that exist', () => {
    let named = 0;
    const wrong = documents.flatMap((document) => {
      const paths = pathsNamed(readFileSync(join(ROOT, document), 'utf8'));
      named += paths.length;
      return paths.filter((path) => !isPlace(path)).map((path) => `${document}: ${path}`);
    });
    expect(wrong).toEqual([]);
    expect(named).toBeGreaterThan(60);
  });

  it('link only to files that exist', () => {
    const wrong = documents.flatMap((document) =>
      linksOf(readFileSync(join(ROOT, document), 'utf8'))
        .filter((target) => !existsSync(join(ROOT, dirname(document), target)))
        .map((target) => `${document}: ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('are seen to name a file that does not exist', () => {
    expect(pathsNamed('`state/no-such.ts`, `x.ts`, `POST /rpc/tx`, `packages/core/`')).toEqual([
      'state/no-such.ts',
      'packages/core',
    ]);
    expect(isPlace('state/no-such.ts')).toBe(false);
    expect(isPlace('state/overlay.ts')).toBe(true);
  });
});

describe('the tables in CONTRIBUTING.md', () => {
  it('are what the sources say', () => {
    const script = join(ROOT, 'scripts/generate-where-is-what.mjs');
    const run = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--conditions=aivm-source', script, '--check'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('and llms.txt is what sources and documents say', () => {
    const script = join(ROOT, 'scripts/generate-llms.mjs');
    const run = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--conditions=aivm-source', script, '--check'],
      { cwd: ROOT, encoding: 'utf8' },
    );
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
    const links = linksOf(readFileSync(join(ROOT, 'llms.txt'), 'utf8'));
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  it('say where to add things, at places that are there', () => {
    const script = join(ROOT, 'scripts/places/run.mjs');
    const run = spawnSync(process.execPath, [script, '--check'], { cwd: ROOT, encoding: 'utf8' });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 0, stderr: '' });
  });
});
