/** Text that is given piece by piece and cut before the stop that is whole first. */
export interface StopCutter {
  /** What of the text so far and `piece` can be given: nothing that a stop could begin in. */
  push(piece: string): string;
  /** What was held back, at the end of the text. */
  end(): string;
  readonly isStopped: boolean;
}

/** How many characters at the end of `text` could begin one of `stops`. */
function heldBack(text: string, stops: readonly string[]): number {
  let held = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > held; length--) {
      if (!text.endsWith(stop.slice(0, length))) continue;
      held = length;
      break;
    }
  }
  return held;
}

/**
 * Where the stop begins that is whole first; of two that end together, the longer one. The one that begins first would depend
 * on text that has not come yet.
 */
function placeOfStop(text: string, stops: readonly string[]): number | undefined {
  const found = stops
    .map((stop) => ({ at: text.indexOf(stop), length: stop.length }))
    .filter(({ at }) => at >= 0)
    .sort((left, right) => left.at + left.length - (right.at + right.length) || left.at - right.at);
  return found[0]?.at;
}

/** Cuts a text before one of `stops`; what is given contains none. */
export function createStopCutter(stops: readonly string[]): StopCutter {
  let held = '';
  let isStopped = false;
  return {
    get isStopped() {
      return isStopped;
    },
    push: (piece) => {
      if (isStopped) return '';
      const text = held + piece;
      const at = placeOfStop(text, stops);
      if (at !== undefined) {
        isStopped = true;
        held = '';
        return text.slice(0, at);
      }
      const keep = heldBack(text, stops);
      held = text.slice(text.length - keep);
      return text.slice(0, text.length - keep);
    },
    end: () => {
      const rest = isStopped ? '' : held;
      held = '';
      return rest;
    },
  };
}

/** A whole text, cut as its pieces would be. */
export function cutAtStop(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly isStopped: boolean } {
  const cutter = createStopCutter(stops);
  const cut = cutter.push(text);
  return { text: cut + cutter.end(), isStopped: cutter.isStopped };
}
