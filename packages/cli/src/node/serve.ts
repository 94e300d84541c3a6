import type { CliContext } from '../cli-context.ts';
import type { RunningNode } from './start-node.ts';

/** Resolves when the program is asked to stop. */
const untilStopped = ({ signal }: Pick<CliContext, 'signal'>): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Serves until the program is asked to stop or the node fails, and stops the node in any case. */
export async function serve(
  node: RunningNode,
  context: Pick<CliContext, 'signal'>,
  others: readonly Promise<void>[] = [],
) {
  // Others end early only by failing.
  const failures = others.map((other) => other.then(() => new Promise<never>(() => {})));
  try {
    await Promise.race([untilStopped(context), node.failed, ...failures]);
  } finally {
    await Promise.allSettled(context.signal.aborted ? others : []);
    await node.stop();
  }
}
