import { AivmError } from '@aivm/core/errors';
import { errorRecord, type Log } from '../../log.ts';

/** What a node is told of an error: `code: detail`. What is no refusal is a bug here, and is logged with its stack. */
export function wireErrorText(error: unknown, log: Log, call: string): string {
  if (error instanceof AivmError) {
    // The store failed, for instance: the operator has to know.
    if (error.code === 'internal') log.error({ call, error: error.message }, 'plugin: a call failed');
    return error.message;
  }
  if (error instanceof RangeError) return `out_of_range: ${error.message}`;
  log.error({ call, error: errorRecord(error) }, 'plugin: a call failed');
  return `internal: ${error instanceof Error ? error.message : String(error)}`;
}
