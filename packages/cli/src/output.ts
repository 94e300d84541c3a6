import { toJsonLine } from './json-line.ts';
import { plainText } from './plain-text.ts';

/** Where text goes; process.stdout and process.stderr in the real program. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command prints with. With `--json` stdout carries JSON lines only and people read stderr. */
export interface Output {
  readonly isJson: boolean;
  /** One line for people, or several. What a terminal obeys is escaped: most texts are of others. */
  line(text?: string | readonly string[]): void;
  /** Progress and warnings: always stderr. Escaped as lines are. */
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
    line: (text = '') => {
      for (const line of typeof text === 'string' ? [text] : text) people.write(`${plainText(line)}\n`);
    },
    note: (text) => void stderr.write(`${plainText(text)}\n`),
    json: (value) => {
      if (isJson) stdout.write(`${toJsonLine(value)}\n`);
    },
    redraw: (lines) => {
      const width = people.columns ?? 80;
      if (!isTerminal) {
        people.write(`${plainText(lines.join(' · '))}\n`);
        return;
      }
      eraseDrawn();
      for (const line of lines) people.write(`${plainText(line).slice(0, width - 1)}\n`);
      drawn = lines.length;
    },
    endRedraw: () => {
      drawn = 0;
    },
  };
}

/** Lines of text columns under their headings, two spaces apart. Cells are escaped before they are measured. */
export function formatTable(
  headings: readonly string[],
  cells: readonly (readonly string[])[],
): readonly string[] {
  const rows = cells.map((row) => row.map(plainText));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const format = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [headings, ...rows].map(format);
}
