import type { Operation } from '@aivm/core/tx';
import { type CliContext, outputFor } from '../cli-context.ts';
import { type KeyOptions, type NodeOptions, openSender } from '../connection.ts';

/** Options of a command that sends one operation. */
export type OperationOptions = NodeOptions & KeyOptions & { readonly json?: boolean };

/** Signs and sends one operation, waits for its block and says so. `done` is what it did, e.g. "cancelled task-1". */
export async function sendOperation(
  { operation, done }: { readonly operation: Operation; readonly done: string },
  options: OperationOptions,
  context: CliContext,
): Promise<void> {
  const output = outputFor(context, options);
  const sender = await openSender(options, context);
  const { hash, height } = await sender.send(operation, { signal: context.signal });
  output.line(`${done} in block ${height}`);
  output.json({ hash, height });
}
