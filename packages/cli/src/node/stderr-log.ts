import type { Log, LogFields } from '@aivm/node';
import { toJsonLine } from '../json-line.ts';
import type { TextSink } from '../output.ts';

/** From quiet to talkative. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A log of JSON lines: time, level, message, and the facts. */
export function createStderrLog(level: LogLevel, stderr: TextSink): Log {
  const highest = LOG_LEVELS.indexOf(level);
  const write = (at: LogLevel) => (fields: LogFields, message: string) => {
    if (LOG_LEVELS.indexOf(at) > highest) return;
    stderr.write(`${toJsonLine({ time: new Date().toISOString(), level: at, message, ...fields })}\n`);
  };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}
