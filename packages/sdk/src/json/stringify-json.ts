const describe = (key: string): string => (key === '' ? 'value' : key);

function numberText(value: number, key: string): string {
  if (!Number.isFinite(value)) throw new RangeError(`${describe(key)}: ${String(value)} has no JSON form`);
  // As JSON.stringify writes it: −0 becomes 0.
  return String(value === 0 ? 0 : value);
}

/** The text of a list or object whose members are written already. */
function enclose(
  [open, close]: readonly [string, string],
  members: readonly string[],
  layout: { readonly step: string; readonly indent: string },
): string {
  const { step, indent } = layout;
  if (members.length === 0) return open + close;
  if (step === '') return open + members.join(',') + close;
  return `${open}\n${indent}${step}${members.join(`,\n${indent}${step}`)}\n${indent}${close}`;
}

/** The text of a value; undefined for what JSON leaves out. */
function textOf(
  value: unknown,
  key: string,
  layout: { readonly step: string; readonly indent: string },
): string | undefined {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return numberText(value, key);
  if (typeof value === 'bigint' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'object') return undefined;
  if (ArrayBuffer.isView(value))
    throw new TypeError(`${describe(key)}: bytes have no JSON form of their own`);
  if ('toJSON' in value && typeof value.toJSON === 'function') return textOf(value.toJSON(key), key, layout);
  const inner = layout.step === '' ? layout : { step: layout.step, indent: layout.indent + layout.step };
  if (Array.isArray(value)) {
    const items = value.map((item, i) => textOf(item, String(i), inner) ?? 'null');
    return enclose(['[', ']'], items, layout);
  }
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    const text = textOf(member, name, inner);
    if (text !== undefined) members.push(`${JSON.stringify(name)}:${layout.step === '' ? '' : ' '}${text}`);
  }
  return enclose(['{', '}'], members, layout);
}

/**
 * Writes JSON in which a bigint is an exact integer. Members that are undefined are left out, as JSON.stringify does.
 * @throws RangeError for a number that is not finite. @throws TypeError for bytes, which a caller must encode first.
 * @example stringifyJson({ fee: 2n ** 64n - 1n }) // '{"fee":18446744073709551615}'
 */
export function stringifyJson(value: unknown, space = 0): string {
  const text = textOf(value, '', { step: ' '.repeat(space), indent: '' });
  if (text === undefined) throw new TypeError(`value: expected JSON, got ${typeof value}`);
  return text;
}
