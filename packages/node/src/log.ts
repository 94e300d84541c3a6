/** Facts of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logging as pino does it; a pino logger fits. Libraries write nowhere else. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

const ignore = (): void => undefined;

/** A log that nobody reads. */
export const silentLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Everything that an error says, for a line about a bug. Causes are followed a few steps. */
export function errorRecord(error: unknown, causes = 3): LogFields {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...('code' in error ? { code: error.code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || causes === 0 ? {} : { cause: errorRecord(cause, causes - 1) }),
  };
}

/** An error as fields of a log line. */
export const errorFields = (error: unknown): LogFields =>
  error instanceof Error
    ? { error: error.message, ...('code' in error ? { code: error.code } : {}) }
    : { error: String(error) };
