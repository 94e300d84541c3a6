import { toJsonLine } from './json-line.ts';

/** Where text goes; process.stdout and process.stderr in the real program. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command prints with. With `--json` stdout carries JSON lines only and people read stderr. */
export interface Output {
  readonly isJson: boolean;
  /** Text for people. */
  line(text?: string): void;
  /** Progress and warnings: always stderr. */
  note(text: string): void;
  /** The answer (or one event of a stream) for machines; nothing without `--json`. */
  json(value: unknown): void;
  /** Lines that are redrawn in place on a terminal, and one plain line elsewhere. */
  redraw(lines: readonly string[]): void;
  /** Leaves the redrawn lines standing. */
  endRedraw(): void;
  readonly isTerminal: boolean;
}

/** An output over two sinks. */
export function createOutput(options: { json: boolean; stdout: TextSink; stderr: TextSink }): Output {
  const { json: isJson, stdout, stderr } = options;
  const people = isJson ? stderr : stdout;
  const isTerminal = people.isTTY === true;
  let drawn = 0;
  const eraseDrawn = () => {
    if (drawn > 0) people.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  return {
    isJson,
    isTerminal,
    line: (text = '') => void people.write(`${text}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    json: (value) => {
      if (isJson) stdout.write(`${toJsonLine(value)}\n`);
    },
    redraw: (lines) => {
      const width = people.columns ?? 80;
      if (!isTerminal) {
        people.write(`${lines.join(' · ')}\n`);
        return;
      }
      eraseDrawn();
      for (const line of lines) people.write(`${line.slice(0, width - 1)}\n`);
      drawn = lines.length;
    },
    endRedraw: () => {
      drawn = 0;
    },
  };
}

/** Text columns under their headings, two spaces apart. */
export function formatTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const format = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [headings, ...rows].map(format).join('\n');
}
