import type { JsonValue } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** A text without such an escape can hold no half of a surrogate pair: its bytes were UTF-8. */
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
/** A path is shown as far as it helps. */
const PATH_CHARACTERS_MAX = 120;

/** Where the first text with half of a surrogate pair stands, or undefined. */
function findLoneSurrogate(value: JsonValue, path: string): string | undefined {
  if (typeof value === 'string') return LONE_SURROGATE.test(value) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const members = Array.isArray(value)
    ? value.map((item, i) => [`[${i}]`, item] as const)
    : Object.entries(value as Readonly<Record<string, JsonValue>>).map(
        ([key, item]) => [`.${key}`, item] as const,
      );
  for (const [name, item] of members) {
    if (LONE_SURROGATE.test(name)) return path;
    const found = findLoneSurrogate(item, path + name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Refuses texts that have no bytes: half of a surrogate pair, which JSON can escape and UTF-8 cannot write.
 * @param text that the value was parsed from; nested no deeper than a parser goes
 * @throws AivmError `malformed` with the field's name.
 */
export function assertWellFormed(value: JsonValue, text: string): void {
  if (!SURROGATE_ESCAPE.test(text)) return;
  const path = findLoneSurrogate(value, 'body');
  if (path === undefined) return;
  throw new AivmError(
    'malformed',
    `${path.slice(0, PATH_CHARACTERS_MAX)}: half of a surrogate pair is not text; write the whole character`,
  );
}
