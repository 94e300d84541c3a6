import { utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type EventPlace, placeToText, textToPlace } from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';
import type { EventFeed } from './event-feed.ts';

/** A comment after so much silence keeps proxies and clients from giving up. Milliseconds. */
const HEARTBEAT_MS = 15_000;
/** A stream that nobody reads after so long is given up: its client was gone before it began. */
const UNREAD_MS_MAX = 10_000;
/** What a browser waits before it connects again. */
const RETRY_MS = 1_000;

/** The place after which a client wants events. @throws AivmError `malformed`. */
export function resumePlace(request: Request, after: string | undefined): EventPlace | undefined {
  const text = request.headers.get('last-event-id') ?? after;
  if (text === undefined || text === '') return undefined;
  const place = textToPlace(text);
  if (place === undefined) {
    throw new AivmError('malformed', `last-event-id: expected "height.index", got "${text.slice(0, 40)}"`);
  }
  return place;
}

/** Text of everything after `place` in its block and, where that is none, in the next one. */
function nextText(
  feed: EventFeed,
  place: EventPlace,
  lastHeight: number,
): { readonly text: string; readonly place: EventPlace } {
  const rest = feed.framesOf(place.height).filter((frame) => frame.index > place.index);
  const last = rest.at(-1);
  if (last !== undefined) {
    return {
      text: rest.map((frame) => frame.text).join(''),
      place: { height: place.height, index: last.index },
    };
  }
  const height = place.height + 1;
  if (height > lastHeight) return { text: '', place };
  const frames = feed.framesOf(height);
  return { text: frames.map((frame) => frame.text).join(''), place: { height, index: frames.length - 1 } };
}

/**
 * The body of one event stream. One block at a time is written, and the next only when the client has taken it. It
 * begins with an id and no data, so that a client that is cut off before the first event can resume as well.
 */
export function createEventStream({
  node,
  feed,
  after,
  closing,
  onEnd,
  onFailure,
}: {
  readonly node: NodeApi;
  readonly feed: EventFeed;
  readonly after: EventPlace | undefined;
  readonly closing: AbortSignal;
  readonly onEnd: () => void;
  /** What was not expected; the stream breaks off. */
  readonly onFailure: (error: unknown) => void;
}): ReadableStream<Uint8Array> {
  let place = after ?? feed.lastPlace();
  let { rewindCount } = node;
  const gone = new AbortController();
  const cancelUnread = node.clock.after(UNREAD_MS_MAX, () => end());
  const end = (): void => {
    if (gone.signal.aborted) return;
    gone.abort();
    cancelUnread();
    closing.removeEventListener('abort', end);
    onEnd();
  };
  closing.addEventListener('abort', end, { once: true });
  const waitForText = async (): Promise<string> => {
    for (;;) {
      // A chain that went back has other events from its head on.
      if (node.rewindCount !== rewindCount) place = feed.lastPlace();
      ({ rewindCount } = node);
      const { height } = node.lastAccepted().header;
      const next = nextText(feed, place, height);
      place = next.place;
      if (next.text !== '') return next.text;
      // A place in the future is reached by waiting for it.
      const known = Math.max(height, place.height);
      const seen = await node.waitForBlock(known, { timeoutMs: HEARTBEAT_MS, signal: gone.signal });
      if (seen <= known) return ': still here\n\n';
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) =>
        controller.enqueue(utf8ToBytes(`retry: ${RETRY_MS}\nid: ${placeToText(place)}\n\n`)),
      pull: async (controller) => {
        cancelUnread();
        try {
          if (gone.signal.aborted) throw gone.signal.reason;
          controller.enqueue(new TextEncoder().encode(await waitForText()));
        } catch (error) {
          const wasGone = gone.signal.aborted;
          end();
          if (wasGone) controller.close();
          else {
            onFailure(error);
            throw error;
          }
        }
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}
