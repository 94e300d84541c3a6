import { listRoutes, parseJson, stringifyJson } from '@aivm/sdk';
import { alterOneFact } from './alter-answer.ts';
import { createRandom } from './random.ts';

/** A node that lies: the real one behind a proxy that changes one fact in some answers. */
export interface EvilNode {
  readonly fetch: typeof fetch;
  /** Answers changed so far, by route. */
  readonly changes: ReadonlyMap<string, number>;
  readonly count: number;
  /** From here on it lies; before it does not. */
  begin(): void;
  /** From here on every answer is the real one. */
  reform(): void;
}

export interface EvilOptions {
  readonly seed: number;
  /** One answer in so many is changed. */
  readonly oneIn: number;
}

const EVENTS_RARER = 10;

const PATTERNS = listRoutes().map(({ name, method, path }) => ({
  name,
  method,
  pattern: new RegExp(`^/rpc${path.replace(/:[a-zA-Z]+/g, '[^/]+')}$`),
  segments: path.split('/').length,
}));

function routeOf(url: string, method: string): string {
  const { pathname, search } = new URL(url);
  const found = PATTERNS.filter((one) => one.method === method && one.pattern.test(pathname));
  if (pathname === '/rpc/tasks') return search.includes('id=') ? 'getTask' : 'listTasks';
  const fixed = found.find((one) => !one.pattern.source.includes('[^/]+')) ?? found[0];
  return fixed?.name ?? `${method} ${pathname}`;
}

export function createEvilNode({ seed, oneIn }: EvilOptions): EvilNode {
  const random = createRandom(seed);
  const changes = new Map<string, number>();
  let isEvil = false;
  let count = 0;
  const alter = (text: string, route: string): string => {
    // Events are so many that they would be all that changes.
    const rate = route === 'subscribeEvents' ? oneIn * EVENTS_RARER : oneIn;
    // The first answer of a route is always changed: some routes are read once in a world.
    if (!isEvil || (changes.has(route) && random.below(rate) !== 0)) return text;
    const json = parseJson(text);
    if (alterOneFact(json as never, random) === undefined) return text;
    changes.set(route, (changes.get(route) ?? 0) + 1);
    count++;
    return stringifyJson(json);
  };
  const alterEvents = (route: string): TransformStream<string, string> => {
    let rest = '';
    return new TransformStream({
      transform: (chunk, controller) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const data = line.startsWith('data: ') ? `data: ${alter(line.slice(6), route)}` : line;
          controller.enqueue(`${data}\n`);
        }
      },
    });
  };
  const evilFetch: typeof fetch = async (input, init) => {
    const real = await fetch(input, init);
    const route = routeOf(String(input), init?.method ?? 'GET');
    const { status, headers, body } = real;
    if (headers.get('content-type')?.includes('event-stream') === true && body !== null) {
      const lines = body.pipeThrough(new TextDecoderStream()).pipeThrough(alterEvents(route));
      return new Response(lines.pipeThrough(new TextEncoderStream()), { status, headers });
    }
    const text = await real.text();
    const clean = new Headers(headers);
    clean.delete('content-length');
    return new Response(/json/.test(headers.get('content-type') ?? '') ? alter(text, route) : text, {
      status,
      headers: clean,
    });
  };
  return {
    fetch: evilFetch,
    changes,
    get count() {
      return count;
    },
    begin: () => {
      isEvil = true;
    },
    reform: () => {
      isEvil = false;
    },
  };
}
