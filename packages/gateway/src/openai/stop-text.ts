/** Text that is given piece by piece and cut before the first stop. */
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

/** Cuts a text before the first of `stops`, which the text then does not contain. */
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
      const places = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
      if (places.length > 0) {
        isStopped = true;
        held = '';
        return text.slice(0, Math.min(...places));
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

/** A whole text, cut before the first of `stops`. */
export function cutAtStop(
  text: string,
  stops: readonly string[],
): { readonly text: string; readonly isStopped: boolean } {
  const cutter = createStopCutter(stops);
  const cut = cutter.push(text);
  return { text: cut + cutter.end(), isStopped: cutter.isStopped };
}
