import type * as z from 'zod';

/** Names of one answer: more of them help nobody. */
const NAMES_MAX = 10;

type Walk = (schema: z.core.$ZodType, value: unknown, path: string, found: string[]) => void;

/** The schema inside of what only says that a value may be absent. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType {
  let inner = schema as z.core.$ZodTypes;
  while (
    inner._zod.def.type === 'optional' ||
    inner._zod.def.type === 'nullable' ||
    inner._zod.def.type === 'default'
  ) {
    inner = inner._zod.def.innerType as z.core.$ZodTypes;
  }
  return inner;
}

const walk: Walk = (schema, value, path, found) => {
  const { def } = (innerOf(schema) as z.core.$ZodTypes)._zod;
  if (found.length >= NAMES_MAX || typeof value !== 'object' || value === null) return;
  if (def.type === 'array' && Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(def.element, item, `${path}[${i}]`, found);
  }
  if (def.type !== 'object' || Array.isArray(value)) return;
  for (const [key, member] of Object.entries(value)) {
    const known = Object.hasOwn(def.shape, key) ? def.shape[key] : undefined;
    if (known !== undefined) walk(known, member, `${path}.${key}`, found);
    else if (found.length < NAMES_MAX) found.push(`${path}.${key.slice(0, 64)}`);
  }
};

/**
 * Places of members that a schema does not know, at most ten. Values of any JSON are not looked into.
 * @example findUnknownMembers(z.object({ a: z.string() }), { a: '', b: 1 }, 'body') // ['body.b']
 */
export function findUnknownMembers(schema: z.ZodType, value: unknown, name: string): readonly string[] {
  const found: string[] = [];
  walk(schema, value, name, found);
  return found;
}
