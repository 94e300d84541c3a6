import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const PACKAGES = new URL('../packages/', import.meta.url);
const names = readdirSync(PACKAGES).sort();

const indexOf = (name: string): URL => new URL(`${name}/src/index.ts`, PACKAGES);

/** What an index file exports, types marked as such. An index only re-exports, so that its text is enough. */
function exportedNames(source: string): string[] {
  const text = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  const lists = [...text.matchAll(/export\s+(type\s+)?\{([^}]*)\}/g)];
  return lists.flatMap(([, allTypes, list = '']) =>
    list
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '')
      .map((entry) => {
        const isType = allTypes !== undefined || entry.startsWith('type ');
        const name = entry.replace(/^type\s+/, '').replace(/^.*\sas\s+/, '');
        return isType ? `type ${name}` : name;
      }),
  );
}

describe('public names', () => {
  it.each(names)('packages/%s exports what its snapshot says', (name) => {
    expect(exportedNames(readFileSync(indexOf(name), 'utf8')).sort()).toMatchSnapshot();
  });

  it.each(names)('packages/%s has the values that its index names', async (name) => {
    const values = exportedNames(readFileSync(indexOf(name), 'utf8')).filter(
      (text) => !text.startsWith('type '),
    );
    const index: Record<string, unknown> = await import(indexOf(name).href);
    expect(Object.keys(index).sort()).toEqual(values.sort());
  });

  it('are read from an index as they are written there', () => {
    const source =
      "export { a, type B } from './x.ts';\n// export { no }\nexport type { C, D as E } from './y.ts';\nexport {};";
    expect(exportedNames(source)).toEqual(['a', 'type B', 'type C', 'type E']);
  });
});
