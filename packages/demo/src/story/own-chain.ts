import { setMaxListeners } from 'node:events';
import { AivmError } from '@aivm/core/errors';
import { verifyDataDirectory } from '@aivm/node';
import { InterruptedError, type Output, throwIfInterrupted } from 'aivm';
import { type StoryHost, startStoryChain } from './story-chain.ts';

const DRAW_EVERY_MS = { terminal: 100, elsewhere: 1_000 } as const;

/** Where and for how long a story plays. */
export interface ChainOptions {
  readonly genesis: string;
  /** Kept; a temporary directory is not. */
  readonly dataDirectory: string;
  readonly blockTimeMs: number;
  readonly timeoutMs: number;
  /** Default: embedded. */
  readonly host?: StoryHost | undefined;
}

export interface Audience {
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Draws the progress until the answer is called. */
function startDisplay(progress: { lines(elapsedMs: number): readonly string[] }, output: Output): () => void {
  const startedAt = performance.now();
  const draw = () => output.redraw(progress.lines(performance.now() - startedAt));
  const timer = setInterval(draw, output.isTerminal ? DRAW_EVERY_MS.terminal : DRAW_EVERY_MS.elsewhere);
  return () => {
    clearInterval(timer);
    draw();
    output.endRedraw();
  };
}

/** What stops a story: Ctrl-C, or its own time. */
function asInterruption(error: unknown, interrupted: AbortSignal, timeout: AbortSignal): unknown {
  if (interrupted.aborted) return new InterruptedError('interrupted');
  if (timeout.aborted)
    return new AivmError('timeout', 'the demo did not come to its end in time', { cause: error });
  return error;
}

/**
 * Plays on a chain made for it, then replays that chain from its genesis and adds up all money.
 * @throws InterruptedError after Ctrl-C; AivmError `timeout`, or what the replay found wrong
 */
export async function playOnOwnChain<T extends { readonly height: number }>(
  options: ChainOptions,
  play: (node: { readonly url: string; readonly urls: readonly string[] }, audience: Audience) => Promise<T>,
  { output, signal }: Audience,
) {
  throwIfInterrupted(signal);
  const { genesis } = options;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const chain = await startStoryChain(options, { output, signal });
  const { urls } = chain;
  const startedAt = performance.now();
  try {
    const node = { url: urls[0] ?? '', urls };
    const played = await play(node, { output, signal: AbortSignal.any([signal, timeout]) });
    const elapsedMs = Math.round(performance.now() - startedAt);
    await chain.agreeAt(played.height);
    await chain.stop();
    output.line(
      `Replaying ${played.height} blocks from genesis, comparing every root and adding up all money …`,
    );
    const { supply } = await verifyDataDirectory({ dataDir: chain.dataDirectory, genesis, signal });
    return { ...played, supply, elapsedMs };
  } catch (error) {
    throw asInterruption(error, signal, timeout);
  } finally {
    await chain.stop();
  }
}

/** What happens while a cast plays. */
interface Act<T> {
  /** Until then nothing is shown: the players take their places. */
  readonly prepare: (signal: AbortSignal) => Promise<void>;
  /** Said between the two. */
  readonly lines: readonly string[];
  readonly progress: { lines(elapsedMs: number): readonly string[] };
  /** The story itself, while the progress is drawn. */
  readonly tell: (signal: AbortSignal) => Promise<T>;
}

/**
 * Lets a cast play one act. Somebody honest that fails ends it, whatever it waits for; in the end everybody stops.
 * @param start starts the players, who stop by the signal
 */
export async function playAct<T>(
  start: (signal: AbortSignal) => { readonly ended: Promise<unknown> },
  { prepare, lines, progress, tell }: Act<T>,
  { output, signal }: Audience,
): Promise<T> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  setMaxListeners(0, either);
  const { ended } = start(either);
  const failed = ended.then(() => new Promise<never>(() => {}));
  try {
    await Promise.race([prepare(either), failed]);
    for (const line of lines) output.line(line);
    const stopDisplay = startDisplay(progress, output);
    try {
      return await Promise.race([tell(either), failed]);
    } finally {
      stopDisplay();
    }
  } finally {
    stop.abort();
    await ended.catch(() => undefined);
  }
}
