import type { Grid } from '../graph/graph.ts';
import type { Agreement, SampleAgreement } from './agreement.ts';

/** One part of the model in the report. */
export interface LayerReport {
  /** Node or tensor of the model's file. */
  readonly name: string;
  readonly kind: string;
  /** Integers that its values stand on. */
  readonly grid: Grid;
  /** Smallest and largest value in calibration. */
  readonly range: readonly [low: number, high: number];
  /** Rows of weights, and how many kept the grid that they stood on. */
  readonly rows?: number;
  readonly ownGridRows?: number;
  /** Root of the mean square difference to the float values ÷ that of the float values, on one held-out sample. */
  readonly error?: number;
}

/** What an import did and how well the result agrees with the float model. */
export interface ImportReport {
  readonly name: string;
  readonly source: string;
  readonly format: 'onnx' | 'checkpoint';
  readonly form: string;
  readonly calibrationSamples: number;
  readonly parameters: number;
  readonly headerBytes: number;
  readonly blobBytes: number;
  /** What an integer of the task's input and of the answer stands for. */
  readonly input?: Grid;
  readonly output?: Grid;
  /** Where the float answers come from. */
  readonly reference: string;
  readonly agreement: Agreement;
  readonly samples: readonly SampleAgreement[];
  readonly remarks: readonly string[];
  readonly layers: readonly LayerReport[];
}

const number = (value: number): string => (value === 0 ? '0' : value.toPrecision(4));

const gridText = ({ type, scale, zero }: Grid): string =>
  `${type}, steps of ${number(scale)}${zero === 0 ? '' : ` from ${zero}`}`;

function agreementLines({ samples, same, places, ...rest }: Agreement, form: string): readonly string[] {
  if (samples === 0) return ['agreement   not measured: no held-out samples'];
  const what = form === 'decoder' ? 'positions with the same token' : 'samples with the same largest value';
  const lines = [`agreement   ${same} of ${places} ${what} (${((100 * same) / places).toFixed(2)} %)`];
  const { leastCosine, meanCosine, largestRelativeError } = rest;
  if (leastCosine !== undefined && meanCosine !== undefined && largestRelativeError !== undefined)
    lines.push(
      `cosine      ${leastCosine.toFixed(6)} at least, ${meanCosine.toFixed(6)} on average`,
      `error       ${(100 * largestRelativeError).toFixed(3)} % of an answer's largest value at most`,
    );
  return lines;
}

/** The report for people. */
export function formatReport(report: ImportReport): string {
  const { layers, agreement, form } = report;
  const lines = [
    `model       ${report.name}`,
    `source      ${report.source}`,
    `form        ${form}`,
    `parameters  ${report.parameters.toLocaleString('en')}`,
    `header      ${report.headerBytes.toLocaleString('en')} bytes`,
    `blob        ${report.blobBytes.toLocaleString('en')} bytes`,
    ...(report.input === undefined ? [] : [`input       ${gridText(report.input)}`]),
    ...(report.output === undefined ? [] : [`output      ${gridText(report.output)}`]),
    `calibrated  on ${report.calibrationSamples} samples`,
    `reference   ${report.reference}`,
    ...agreementLines(agreement, form),
    ...report.remarks.map((remark) => `remark      ${remark}`),
    '',
    'layer                                             kind       grid                               error',
    ...layers.map(
      ({ name, kind, grid, error, rows, ownGridRows }) =>
        `${name.slice(-48).padEnd(49)} ${kind.padEnd(10)} ${gridText(grid).padEnd(34)} ${
          error === undefined ? '' : `${(100 * error).toFixed(3)} %`
        }${ownGridRows !== undefined && ownGridRows > 0 ? `  ${ownGridRows} of ${rows} rows on their own grid` : ''}`,
    ),
  ];
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}
