type Write = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The part of a logger that the HTTP layer uses; a pino logger is one. */
export interface HttpLog {
  readonly debug: Write;
  readonly info: Write;
  readonly warn: Write;
  readonly error: Write;
}
