import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { importsOf, packageNames, resolveFrom, type SourceFile, sourcesBelow } from './source-tree.ts';

/**
 * The folders and the files outside of folders of each package: each imports only from those left of it, types
 * included. Files of one line may not import each other. Core has its own order in architecture.test.ts.
 */
const ORDERS: Readonly<Record<string, readonly (string | readonly string[])[]>> = {
  sdk: [
    ['encoding', 'json'],
    'schemas',
    ['routes', 'shapes', 'verify', 'wallet'],
    ['client', 'openapi'],
    'sender',
    'connect',
  ],
  backends: ['wasm', 'engine', ['bench', 'conformance', 'plugin'], 'network', 'webgpu'],
  import: [
    'tensor',
    ['files', 'onnx'],
    'evaluate',
    'graph',
    ['checkpoints', 'integer', 'translate'],
    'sources',
    'report',
    'import-model.ts',
  ],
  node: [
    ['health.ts', 'listeners.ts', 'log.ts', 'sleep.ts', 'store'],
    'chain',
    ['anchors', 'mempool', 'snapshot'],
    'vertices',
    'builder',
    'local',
    'views',
    'http',
    'attestation',
    ['assembly', 'crypto'],
    'hosts',
    ['accelerator.ts', 'verify'],
    'process-vm.ts',
    ['node.ts', 'plugin.ts'],
  ],
  worker: [
    ['backoff.ts', 'worker-node.ts'],
    'proof',
    ['backend', 'sdk-node.ts', 'transient.ts'],
    'network',
    'attestation',
    'stream',
    'provider',
    'watcher',
  ],
  gateway: ['openai', 'accounts', 'tasks', 'http'],
  // `site` runs in a node, `app` in a browser; neither knows the other.
  explorer: [['app', 'site'], 'index.ts'],
  sim: ['world', ['actors', 'checkers'], 'scenarios', 'run', 'index.ts', 'command'],
  demo: ['story', 'optimistic', ['network', 'redundant', 'tee'], 'command'],
  cli: [
    [
      'evidence-files.ts',
      'json-line.ts',
      'kernel-engines.ts',
      'key-file.ts',
      'network-summary.ts',
      'option-parsers.ts',
      'plain-text.ts',
      'show.ts',
      'version-text.ts',
      'wdbc-data.ts',
    ],
    ['int8-engine.ts', 'output.ts'],
    'cli-context.ts',
    ['command-entry.ts', 'completion-script.ts', 'password.ts'],
    [
      'backend-option.ts',
      'connection.ts',
      'network-options.ts',
      'node',
      'private-package.ts',
      'provider-check.ts',
      'stream-options.ts',
      'wait-for-node.ts',
      'provider-evidence.ts',
    ],
    ['bench', 'cluster', 'config', 'gateway', 'plugin', 'worker'],
    'doctor',
    'commands',
    'command-table.ts',
    'run-cli.ts',
    'main.ts',
  ],
  'test-authority': [
    ['der.ts', 'memo-primitives.ts', 'pss.ts', 'rsa-primes.ts'],
    'keys.ts',
    'certificates.ts',
    ['intel.ts', 'nvidia.ts', 'ocsp.ts', 'snp.ts', 'software.ts'],
    'rim.ts',
    ['policy.ts', 'samples.ts'],
    'worst-cases.ts',
  ],
};

/** The folders of core that each package may use, whether it imports them by their own path or from the root. */
const CORE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  backends: ['errors', 'bytes', 'layout', 'crypto', 'kernels', 'network'],
  import: ['errors', 'network'],
  sdk: ['errors', 'bytes', 'crypto', 'network', 'state', 'tx', 'block', 'execute'],
  'test-authority': ['errors', 'bytes', 'crypto', 'attestation'],
  gateway: ['errors', 'bytes'],
  explorer: ['errors', 'bytes', 'crypto', 'network', 'state', 'block', 'execute'],
};

const placeOf = (path: string): string => path.split('/')[3] ?? '';

/** Imports against an order, as "file: import". */
function against(
  order: readonly (string | readonly string[])[],
  files: readonly SourceFile[],
): readonly string[] {
  const ranks = new Map(
    order.flatMap((places, rank) => [places].flat().map((place) => [place, rank] as const)),
  );
  const rankOf = (path: string): number => {
    const place = placeOf(path);
    // The index stands right of everything that it gives out, unless the order says where.
    return ranks.get(place) ?? (place === 'index.ts' ? order.length : Number.NaN);
  };
  return files.flatMap((file) =>
    importsOf(file)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => resolveFrom(file.path, specifier))
      .filter((target) => !target.includes('/generated/') && placeOf(target) !== placeOf(file.path))
      .filter((target) => !(rankOf(target) < rankOf(file.path)))
      .map((target) => `${file.path}: ${target}`),
  );
}

/** Which folder of core each name of its root comes from. */
function coreFolders(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('../packages/core/src/index.ts', import.meta.url), 'utf8');
  const lists = text.matchAll(/export\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'\.\/([a-z0-9-]+)\//g);
  return new Map(
    [...lists].flatMap(([, list = '', folder = '']) =>
      list
        .split(',')
        .map((entry) =>
          entry
            .trim()
            .replace(/^type\s+/, '')
            .replace(/^.*\sas\s+/, ''),
        )
        .filter((name) => name !== '')
        .map((name) => [name, folder] as const),
    ),
  );
}

/** The folders of core that a file uses. */
function foldersUsed(
  { text }: Pick<SourceFile, 'text'>,
  byName: ReadonlyMap<string, string>,
): readonly string[] {
  const imports = text.matchAll(
    /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'@aivm\/core(?:\/([a-z-]+))?'/g,
  );
  return [...imports].flatMap(([, list = '', folder]) =>
    folder !== undefined
      ? [folder]
      : list
          .split(',')
          .map((entry) =>
            entry
              .trim()
              .replace(/^type\s+/, '')
              .replace(/\sas\s.*$/, ''),
          )
          .filter((name) => name !== '')
          .map((name) => byName.get(name) ?? `unknown name ${name}`),
  );
}

describe('the folders of each package', () => {
  it('have an order', () => {
    expect(Object.keys(ORDERS).sort()).toEqual(packageNames().filter((name) => name !== 'core'));
  });

  it.each(Object.entries(ORDERS))('%s imports only leftwards', (name, order) => {
    const files = sourcesBelow(`packages/${name}/src`);
    expect(files.length).toBeGreaterThan(10);
    expect(against(order, files)).toEqual([]);
  });

  it('that import against an order are seen, and so are folders outside of it', () => {
    const files = [
      { path: 'packages/x/src/a/one.ts', text: "import type { B } from '../b/two.ts';" },
      {
        path: 'packages/x/src/b/two.ts',
        text: "import { a } from '../a/one.ts';\nimport { c } from '../c.ts';",
      },
      { path: 'packages/x/src/c.ts', text: "import { b } from './b/two.ts';" },
    ];
    expect(against(['a', 'b', 'c.ts'], files)).toEqual([
      'packages/x/src/a/one.ts: packages/x/src/b/two.ts',
      'packages/x/src/b/two.ts: packages/x/src/c.ts',
    ]);
    expect(against(['a', 'b'], files)).toContain('packages/x/src/c.ts: packages/x/src/b/two.ts');
    expect(against([['a', 'b'], 'c.ts'], files)).toHaveLength(3);
  });
});

describe('the folders of core', () => {
  const byName = coreFolders();

  it.each(Object.entries(CORE_FOLDERS))('that %s uses are the ones it may use', (name, allowed) => {
    const files = sourcesBelow(`packages/${name}/src`);
    const wrong = files.flatMap((file) =>
      foldersUsed(file, byName)
        .filter((folder) => !allowed.includes(folder))
        .map((folder) => `${file.path}: ${folder}`),
    );
    expect(wrong).toEqual([]);
    expect(files.flatMap((file) => foldersUsed(file, byName)).length).toBeGreaterThan(5);
  });

  it('are found by name and by path', () => {
    const text =
      "import { keccak256, type Task } from '@aivm/core';\nimport { x } from '@aivm/core/attestation';";
    const known = new Map([
      ['keccak256', 'crypto'],
      ['Task', 'state'],
    ]);
    expect(foldersUsed({ text }, known)).toEqual(['crypto', 'state', 'attestation']);
    expect(foldersUsed({ text: "import { y } from '@aivm/core';" }, known)).toEqual(['unknown name y']);
  });
});
