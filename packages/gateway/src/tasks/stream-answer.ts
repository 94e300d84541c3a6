import type { TaskResult } from '@aivm/sdk';
import type { StreamVerdict } from '../openai/answers.ts';
import type { PaidTask } from './task-desk.ts';
import type { TextOutput, TextTask } from './text-task.ts';

/** Where the pieces of a streamed answer came from. */
export type StreamSource = 'provider' | 'posted';

/** The end of a streamed answer. */
export interface StreamEnd {
  readonly result: TaskResult;
  readonly output: TextOutput;
  readonly verdict: StreamVerdict;
  readonly source: StreamSource;
}

/** A piece of text, or that the answer is whole. */
export type StreamPart = { readonly text: string } | { readonly end: StreamEnd };

/** Opens the stream of the drawn provider; pieces of raw text, in their order. It throws or ends early where it breaks. */
export type OpenPieces = (paid: PaidTask, signal: AbortSignal) => AsyncIterable<string>;

/** How long pieces may still come after the answer was posted. */
const LATE_MS = 1_000;
/** No chain takes an answer this long, characters: whatever streams on has not what will be posted. */
const STREAMED_MAX = 1_000_000;

const verdictOf = ({ settlement }: TaskResult, isSame: boolean): StreamVerdict => {
  if (!isSame) return 'differs';
  return settlement === 'final' ? 'settled' : 'pending';
};

/** Words with the space before them, as a person would read them. */
const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/g) ?? [];

/**
 * An answer as it is made: what the drawn provider streams, if it does, and then what it posted. The last part says
 * whether the two are one.
 */
export async function* streamAnswer({
  paid,
  task,
  openPieces,
  settle,
  signal,
  onBroken,
}: {
  readonly paid: PaidTask;
  readonly task: TextTask;
  readonly openPieces: OpenPieces | undefined;
  /** Waits until the answer is as far as the request asks. */
  readonly settle: () => Promise<TaskResult>;
  readonly signal: AbortSignal;
  /** Told why the provider's stream ended early. */
  readonly onBroken: (error: unknown) => void;
}): AsyncGenerator<StreamPart, void, undefined> {
  let streamed = '';
  const stop = new AbortController();
  const ended = AbortSignal.any([signal, stop.signal]);
  // A provider that streams on after its answer was posted has nothing more to say.
  paid.posted.then(
    () => setTimeout(() => stop.abort(), LATE_MS).unref(),
    () => stop.abort(),
  );
  try {
    for await (const piece of openPieces?.(paid, ended) ?? []) {
      streamed += piece;
      if (streamed.length > STREAMED_MAX)
        throw new RangeError(`the provider streams more than ${STREAMED_MAX} characters`);
      yield { text: piece };
    }
  } catch (error) {
    signal.throwIfAborted();
    // The posted answer is what counts.
    if (!stop.signal.aborted) onBroken(error);
  } finally {
    stop.abort();
  }
  const result = await settle();
  const output = task.read(result);
  const whole = task.wholeText(result);
  const isSame = whole.startsWith(streamed);
  if (isSame) for (const word of wordsOf(whole.slice(streamed.length))) yield { text: word };
  const source = streamed === '' ? 'posted' : 'provider';
  yield { end: { result, output, verdict: verdictOf(result, isSame), source } };
}
