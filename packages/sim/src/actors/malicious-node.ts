import { alterAnswer } from '../world/alter-answer.ts';
import type { Random } from '../world/random.ts';
import type { Stage } from './actor.ts';
import type { Between } from './between.ts';

/** The lines of an event stream with some facts changed. */
function alterLines(lie: (text: string) => string): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform: (chunk, controller) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        controller.enqueue(`${line.startsWith('data: ') ? `data: ${lie(line.slice(6))}` : line}\n`);
      }
    },
  });
}

/** A node that changes one fact in some of its answers, events included. Everything else it does as it should. */
export function maliciousNode(perMille: number): Between {
  let stage: Stage | undefined;
  const lieBy =
    (random: Random) =>
    (text: string): string => {
      if (!random.chance(perMille)) return text;
      stage?.note('lie');
      return alterAnswer(text, random);
    };
  return {
    kind: 'malicious-node',
    isHonest: false,
    identities: [],
    boot(given) {
      stage = given;
    },
    between: (fetch, { random }) => {
      const lie = lieBy(random);
      return async (input, init) => {
        const response = await fetch(input, init);
        const { status, headers, body } = response;
        const type = headers.get('content-type') ?? '';
        if (body !== null && type.startsWith('text/event-stream')) {
          const lines = body.pipeThrough(new TextDecoderStream()).pipeThrough(alterLines(lie));
          return new Response(lines.pipeThrough(new TextEncoderStream()), { status, headers });
        }
        if (!type.includes('json')) return response;
        const plain = new Headers(headers);
        plain.delete('content-length');
        return new Response(lie(await response.text()), { status, headers: plain });
      };
    },
  };
}
