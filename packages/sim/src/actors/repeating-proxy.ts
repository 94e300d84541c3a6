import type { Stage } from './actor.ts';
import type { Between } from './between.ts';

/** The longest that a copy is kept back: into the next windows and panels. */
const LATER_MS_MAX = 60_000;

/** Hands every request that changes something to nodes again, up to three times, at once or a minute later. */
export function repeatingProxy(perMille: number): Between {
  let stage: Stage | undefined;
  return {
    kind: 'repeating-proxy',
    isHonest: false,
    identities: [],
    boot(given) {
      stage = given;
    },
    between: (fetch, { clock, random }) => {
      const repeat = (...call: Parameters<typeof fetch>): void => {
        const copies = random.between(1, 3);
        for (let copy = 0; copy < copies; copy++) {
          clock.after(random.below(LATER_MS_MAX), () => {
            stage?.note('repeat');
            // The answer goes to nobody, be it one that the node is not there.
            fetch(...call).then(
              ({ body }) => body?.cancel(),
              () => undefined,
            );
          });
        }
      };
      return (input, init = {}) => {
        if (init.method === 'POST' && random.chance(perMille)) repeat(input, { ...init, signal: null });
        return fetch(input, init);
      };
    },
  };
}
