import { encodeJson, type Route, stringifyJson } from '@aivm/sdk';
import type * as z from 'zod';
import { errorRecord, type Log } from '../log.ts';

type Json = Record<string, unknown>;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The schema of the entries of a list that is a member of an answer. */
function elementOf(schema: z.ZodType, member: string): z.ZodType | undefined {
  const { def } = schema._zod as unknown as { def: { type: string; shape?: Record<string, z.ZodType> } };
  const list = def.type === 'object' ? def.shape?.[member] : undefined;
  const inner = list?._zod.def as unknown as { type: string; element: z.ZodType } | undefined;
  return inner?.type === 'array' ? inner.element : undefined;
}

/** The answer without the entries of its lists that do not fit their own schema. */
function withoutBadEntries(route: Route, value: Json, onBad: (place: string, error: unknown) => void): Json {
  const kept: Json = { ...value };
  for (const [member, list] of Object.entries(value)) {
    const element = elementOf(route.response, member);
    if (element === undefined || !Array.isArray(list)) continue;
    kept[member] = list.filter((entry, i) => {
      try {
        stringifyJson(encodeJson(element, entry as never, `${member}[${i}]`));
        return true;
      } catch (error) {
        onBad(`${member}[${i}]`, error);
        return false;
      }
    });
  }
  return kept;
}

/**
 * The text of an answer. An entry of a list that cannot be written is a bug: it is logged and left out, so that the rest
 * of the page can be read.
 * @throws Error where more than entries of lists cannot be written
 */
export function answerText(route: Route, value: unknown, log: Log): string {
  const write = (answer: unknown): string =>
    stringifyJson(encodeJson(route.response, answer, `${route.name} answer`));
  try {
    return write(value);
  } catch (error) {
    if (typeof value !== 'object' || value === null) throw error;
    let isMended = false;
    const kept = withoutBadEntries(route, value as Json, (place, reason) => {
      isMended = true;
      log.error({ err: errorRecord(reason), route: route.name, place }, 'an entry was left out of a list');
    });
    if (!isMended) throw new Error(reasonOf(error), { cause: error });
    return write(kept);
  }
}
