import { EXIT_INTERRUPTED } from './cli-context.ts';
import { runCli } from './run-cli.ts';

/** How long a clean stop may take after Ctrl-C before the process ends anyway, unless its command takes longer. */
const STOP_TIMEOUT_MS = 15_000;
/** Commands that are asked to stop with SIGTERM in the ordinary course of things and then end with 0. */
const SERVICES: ReadonlySet<string> = new Set([
  'abci',
  'cluster',
  'devnet',
  'gateway',
  'node',
  'plugin',
  'provider',
  'watch',
]);

/** Commands that only compute, and hold nothing that has to be closed. */
const COMPUTING: ReadonlySet<string> = new Set(['bench kernels', 'bench attest', 'bench dispute']);

/** A node ends its plugins by a message, and sends signals before it, or to its whole group: they say nothing. */
const isPlugin = ([name = '', next = '']: readonly string[]): boolean =>
  name === 'plugin' && (next === '' || next.startsWith('-'));

/** Whether the command runs until it is asked to stop: `provider list` and its like do not. */
const isServiceCommand = ([name = '', next = '']: readonly string[]): boolean =>
  SERVICES.has(name) && (next === '' || next.startsWith('-'));

const drain = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) resolve();
    else stream.write('', () => resolve());
  });

/** Runs the command line on this process's streams and signals, and ends the process with the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  const interruption = new AbortController();
  let stopCode = 0;
  let stopTimeoutMs = STOP_TIMEOUT_MS;
  const stop = (signal: NodeJS.Signals) => {
    if (isPlugin(args)) return;
    const endsClean = signal === 'SIGTERM' && isServiceCommand(args);
    if (interruption.signal.aborted) process.exit(EXIT_INTERRUPTED);
    stopCode = endsClean ? 0 : EXIT_INTERRUPTED;
    interruption.abort();
    setTimeout(() => process.exit(EXIT_INTERRUPTED), stopTimeoutMs).unref();
  };
  process.title = ['aivm', ...args.slice(0, 2)].join(' ');
  // What computes without a pause never comes to a handler: the platform ends it.
  const isComputing = COMPUTING.has(args.slice(0, 2).join(' '));
  if (!isComputing) process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const isService = isServiceCommand(args);
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A service works on without a reader: its work is on the chain. A one-shot command ends quietly.
      if (!isService) process.exit(error.code === 'EPIPE' ? 0 : 1);
    });
  }

  const code = await runCli(args, {
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interruption.signal,
    allowStopMs: (timeoutMs) => {
      stopTimeoutMs = Math.max(stopTimeoutMs, timeoutMs + STOP_TIMEOUT_MS);
    },
  });
  await Promise.all([drain(process.stdout), drain(process.stderr)]);
  process.exit(
    code === 0 || code === EXIT_INTERRUPTED ? (interruption.signal.aborted ? stopCode : code) : code,
  );
}
