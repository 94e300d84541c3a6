import type { Log } from '../../src/log.ts';

/** A log that keeps the messages of its lines. */
export class RecordingLog implements Log {
  readonly lines: string[] = [];

  readonly debug = (): void => undefined;
  readonly info = (fields: object, message: string): void => this.#note(fields, message);
  readonly warn = (fields: object, message: string): void => this.#note(fields, message);
  readonly error = (fields: object, message: string): void => this.#note(fields, message);

  get text(): string {
    return this.lines.join('\n');
  }

  #note(fields: object, message: string): void {
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    this.lines.push([message, ...facts].join(' '));
  }
}
