import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckerMutants } from './mutant.ts';

/** Where the table stands. */
export const DOCUMENT = 'docs/reliability.md';
const BEGIN = '<!-- mutants: written by `npm run test:mutants -- --write-docs` -->';
const END = '<!-- end of mutants -->';

/** One line per mutant. Each is seen by its checker while the others look away. */
export function mutantTable(all: readonly CheckerMutants[]): string {
  const rows = all.flatMap(({ checker, mutants }) =>
    mutants.map(
      ({ name, fault, scenario, seed }) =>
        `| ${checker} | \`${name}\` | ${fault} | \`aivm sim --scenario ${scenario} --seed ${seed}\` |`,
    ),
  );
  return ['| caught by | mutant | fault | in |', '|---|---|---|---|', ...rows].join('\n');
}

/** The document with the table between its marks replaced. @throws Error where the marks are gone. */
export function withTable(document: string, table: string): string {
  const [before, rest] = document.split(`${BEGIN}\n`);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${DOCUMENT}: the marks of the table are gone`);
  return `${before}${BEGIN}\n${table}\n${END}${after}`;
}

/** Writes the table into the document. */
export async function writeDocs(root: string, all: readonly CheckerMutants[]): Promise<void> {
  const path = join(root, DOCUMENT);
  await writeFile(path, withTable(await readFile(path, 'utf8'), mutantTable(all)));
}
