import { captureTableOf, type Row, tableOf } from './measure.ts';

/** Where the tables stand. */
export const DOCUMENT = 'SECURITY.md';
const BEGIN =
  '<!-- griefing: written by `npx tsx --conditions=aivm-source bench/griefing.ts --write-docs` -->';
const END = '<!-- end of griefing -->';

/** Both tables, between the marks of the document. */
export const textOf = (rows: readonly Row[]): string =>
  `${BEGIN}\n${tableOf(rows)}\n\n${captureTableOf(rows)}\n${END}`;

/** The document with its tables replaced. @throws Error where the marks are gone. */
export function withTables(document: string, rows: readonly Row[]): string {
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${DOCUMENT}: the marks of the tables are gone`);
  return `${before}${textOf(rows)}${after}`;
}
