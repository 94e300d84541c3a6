import { existsSync, readFileSync } from 'node:fs';
import * as backends from '@aivm/backends';
import * as errors from '@aivm/core/errors';
import * as execute from '@aivm/core/execute';
import * as layout from '@aivm/core/layout';
import * as state from '@aivm/core/state';
import * as node from '@aivm/node';
import * as sdk from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import {
  GO_COMMANDS,
  GO_CONSTANTS,
  GO_FIELDS,
  GO_FUNCTIONS,
  GO_METHODS,
  GO_TYPES,
  GO_VARIABLES,
} from './go-identifiers.ts';

const ROOT = new URL('../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

/** One line of the table. */
interface Row {
  readonly goName: string;
  readonly name: string;
  readonly package: string;
  readonly file: string;
  readonly state: string;
}

const parseRows = (markdown: string): readonly Row[] =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.slice(1, -1).split('|');
      const [goName = '', name = '', packageName = '', file = '', state = ''] = cells.map((cell) =>
        cell.trim().replaceAll('`', ''),
      );
      return { goName, name, package: packageName, file, state };
    });

const rows = parseRows(read('docs/go-names.md'));

const MODULES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '@aivm/core/errors': errors,
  '@aivm/core/execute': execute,
  '@aivm/core/layout': layout,
  '@aivm/core/state': state,
  '@aivm/backends': backends,
  '@aivm/node': node,
  '@aivm/sdk': sdk,
};
function directoryOf(name: string): string {
  const [, folder] = /^@aivm\/core\/([a-z]+)$/.exec(name) ?? [];
  if (folder !== undefined) return `packages/core/src/${folder}/`;
  return `packages/${name === 'aivm' ? 'cli' : name.slice(6)}/src/`;
}

/** Whether the index of a package exports `name` as a type: types leave nothing behind to look at. */
const hasType = (packageName: string, name: string): boolean =>
  new RegExp(`\\btype ${name}\\b[^'"]*from|export type \\{[^}]*\\b${name}\\b`).test(
    read(`${directoryOf(packageName)}index.ts`),
  );

/** What a dotted name leads to: through objects, and from a class to the methods of its instances. */
function resolve(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (value === undefined || value === null) return undefined;
    const own = (value as Record<string, unknown>)[part];
    return own ?? (value as { prototype?: Record<string, unknown> }).prototype?.[part];
  }, root);
}

/** Whether the package has the name: as a value, a method, a type, a part of the OpenAPI document, or a command. */
function isThere({ name, package: packageName }: Row): boolean {
  if (packageName === 'aivm') {
    return existsSync(new URL(`packages/cli/src/commands/${name.replace(/^aivm /, '')}.ts`, ROOT));
  }
  const path = name.split('.');
  const root = path[0] === 'components' ? sdk.createOpenapi() : MODULES[packageName];
  return resolve(root, path) !== undefined || (path.length === 1 && hasType(packageName, name));
}

const goNames = [
  ...GO_TYPES,
  ...Object.entries(GO_METHODS).flatMap(([type, methods]) => methods.map((name) => `${type}.${name}`)),
  ...GO_FUNCTIONS,
  ...Object.keys(GO_CONSTANTS),
  ...GO_VARIABLES,
  ...GO_COMMANDS,
];

describe('the table of the names of the Go package', () => {
  it('has every name once, and no other', () => {
    expect(rows.map(({ goName }) => goName).sort()).toEqual([...goNames].sort());
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['here']));
  });

  it.each(rows)('$goName is $name', (row) => {
    expect(isThere(row)).toBe(true);
    expect(row.file.startsWith(directoryOf(row.package))).toBe(true);
    const lastPart = row.name.split('.').at(-1) as string;
    expect(read(row.file)).toMatch(new RegExp(`\\b${lastPart}\\b`));
  });

  it('tells what is there from what is not', () => {
    const row = { goName: '', package: '@aivm/node', file: '', state: '' };
    const names = [
      'VM.buildBlock',
      'VM.buildblock',
      'VM.toFixed',
      'FeePolicy',
      'FeePolic',
      'Block',
      'Blocks',
    ];
    expect(names.filter((name) => isThere({ ...row, name }))).toEqual([
      'VM.buildBlock',
      'FeePolicy',
      'Block',
    ]);
  });
});

describe('what the names stand for', () => {
  const rowOf = (goName: string): Row => rows.find((row) => row.goName === goName) as Row;

  it.each(Object.entries(GO_CONSTANTS))('%s is %i', (goName, value) => {
    const { name, package: packageName } = rowOf(goName);
    expect(resolve(MODULES[packageName], name.split('.'))).toBe(value);
  });

  const components = resolve(sdk.createOpenapi(), ['components', 'schemas']);
  const propertiesOf = (schema: unknown): readonly string[] =>
    Object.keys((resolve(schema, ['properties']) ?? {}) as object);
  const shapeOf = (schema: unknown): readonly string[] =>
    Object.keys((resolve(schema, ['shape']) ?? {}) as object);

  /** The names of the fields, where they can be seen. */
  const fieldsOf: Readonly<Record<string, () => readonly string[]>> = {
    Block: () => propertiesOf(resolve(components, ['Block'])),
    ProviderReg: () => propertiesOf(resolve(components, ['ProviderReg'])),
    Config: () => Object.keys(state.DefaultConfig()),
    Genesis: () => Object.keys(execute.parseGenesis({ version: 1, message: 'm', timestamp: 1, chainId: 1 })),
    RegisterProviderRequest: () => shapeOf(sdk.routes.registerProvider.body),
    SubmitTaskRequest: () => shapeOf(sdk.routes.submitTask.body),
    SubmitResultRequest: () => shapeOf(sdk.routes.submitResult.body),
    VerifyAttestationRequest: () => shapeOf(sdk.routes.verifyAttestation.body),
  };

  it.each(Object.entries(GO_FIELDS))('%s has its fields', (type, expected) => {
    const found = (layout as Record<string, unknown>)[type] as layout.Layout<never> | undefined;
    const fields = fieldsOf[type]?.() ?? Object.keys(found?.fields ?? {});
    expect(fields).toEqual(expect.arrayContaining([...expected]));
    // Layouts and the configuration have these fields and no others.
    if (fieldsOf[type] === undefined || type === 'Config')
      expect([...fields].sort()).toEqual([...expected].sort());
  });
});
