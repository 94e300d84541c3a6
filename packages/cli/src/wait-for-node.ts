import type { CliContext } from './cli-context.ts';
import type { Output } from './output.ts';

/**
 * Runs what a service asks its node before it begins, until the node answers: one that restarts must not end the services
 * around it. A refusal that waiting does not mend is thrown.
 * @returns undefined if Ctrl-C came first
 */
export async function waitForNode<T>(
  ask: () => Promise<T>,
  { context, output }: { readonly context: CliContext; readonly output: Output },
): Promise<T | undefined> {
  const { retryTransient } = await import('@aivm/worker');
  let hasSaid = false;
  return retryTransient(ask, {
    signal: context.signal,
    onRetry: ({ message }) => {
      if (!hasSaid) output.note(`waits for the node: ${message}`);
      hasSaid = true;
    },
  });
}
