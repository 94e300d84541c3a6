import {
  blockToEvent,
  type EventPlace,
  encodeJson,
  eventToShape,
  placeToText,
  routes,
  stringifyJson,
} from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';

/** Blocks whose events are kept as text: what all streams at the tip read again and again. */
const HEIGHTS_KEPT = 64;

/** One event as the text that goes out. */
export interface EventFrame {
  readonly index: number;
  readonly text: string;
}

/** Events of accepted blocks, each block's written once for all streams. */
export interface EventFeed {
  /** The frames of one block in order; its own event is the last. Empty for a height that is not accepted. */
  framesOf(height: number): readonly EventFrame[];
  /** The place of the last event so far. */
  lastPlace(): EventPlace;
}

function writeFrames(node: NodeApi, height: number): readonly EventFrame[] {
  const accepted = node.blocks.getBlock(height);
  if (accepted === undefined) return [];
  const { block, events } = accepted;
  const shown = events.map((event, index) => eventToShape(event, block, index));
  shown.push(blockToEvent(block, events.length));
  return shown.map((event, index) => {
    const data = stringifyJson(encodeJson(routes.subscribeEvents.response, event, 'event'));
    return { index, text: `id: ${placeToText({ height, index })}\ndata: ${data}\n\n` };
  });
}

export function createEventFeed(node: NodeApi): EventFeed {
  const kept = new Map<number, readonly EventFrame[]>();
  let rewindCount = 0;
  const framesOf: EventFeed['framesOf'] = (height) => {
    if (node.rewindCount !== rewindCount) kept.clear();
    ({ rewindCount } = node);
    const known = kept.get(height);
    if (known !== undefined) return known;
    const frames = writeFrames(node, height);
    const isRecent = node.lastAccepted().header.height - height < HEIGHTS_KEPT;
    if (!isRecent || frames.length === 0) return frames;
    const oldest = kept.size >= HEIGHTS_KEPT ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    kept.set(height, frames);
    return frames;
  };
  return {
    framesOf,
    lastPlace: () => {
      const { height } = node.lastAccepted().header;
      return { height, index: framesOf(height).length - 1 };
    },
  };
}
