import { readFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';

/** Where the files lie, from sources and from compiled code alike. */
const DATA_DIRECTORY = new URL('../data/', import.meta.url);
const INPUT_COLUMNS = 32;
const LABEL_COLUMN = 32;
const OUTPUT_COLUMN = 33;
const COLUMNS = 34;

/** One real sample. */
export interface WdbcRow {
  /** 0…568, its line in the data set. */
  readonly row: number;
  /** 32 bytes: the scaled features as int8. */
  readonly input: Uint8Array;
  /** The diagnosis: 1 benign, 0 malignant. */
  readonly label: 0 | 1;
  /** The exact output of the model, −128…127. */
  readonly y0: number;
  /** Whether the model never saw the sample in training. */
  readonly isTest: boolean;
}

function parseRow(line: string, row: number, testRows: ReadonlySet<number>): WdbcRow {
  const cells = line.split(',').map(Number);
  const isInt8 = (value: number) => Number.isInteger(value) && value >= -128 && value <= 127;
  const label = cells[LABEL_COLUMN];
  if (cells.length !== COLUMNS || !cells.every(isInt8) || (label !== 0 && label !== 1)) {
    throw new AivmError(
      'malformed',
      `wdbc.rows.csv: line ${row + 2} is not 32 int8 values, a label and an output`,
    );
  }
  return {
    row,
    input: Uint8Array.from(cells.slice(0, INPUT_COLUMNS), (value) => value & 0xff),
    label,
    y0: cells[OUTPUT_COLUMN] as number,
    isTest: testRows.has(row),
  };
}

/** The samples of the Wisconsin data in the order of the data set. */
export async function readWdbcRows(): Promise<readonly WdbcRow[]> {
  const [csv, model] = await Promise.all([
    readFile(new URL('wdbc.rows.csv', DATA_DIRECTORY), 'utf8'),
    readFile(new URL('wdbc.model.json', DATA_DIRECTORY), 'utf8'),
  ]);
  const testRows = new Set((JSON.parse(model) as { test_indices: readonly number[] }).test_indices);
  const [, ...lines] = csv.trimEnd().split('\n');
  return lines.map((line, row) => parseRow(line, row, testRows));
}
