/** One line of JSON: bigints as exact integers, bytes as 0x-hex, undefined members left out. */
export function toJsonLine(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') {
    return JSON.stringify(value);
  }
  if (value instanceof Uint8Array) return `"0x${Buffer.from(value).toString('hex')}"`;
  if (Array.isArray(value)) return `[${value.map(toJsonLine).join(',')}]`;
  if (value instanceof Map) return toJsonLine(Object.fromEntries(value));
  if (typeof value !== 'object') throw new TypeError(`json: cannot write a ${typeof value}`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${toJsonLine(member)}`).join(',')}}`;
}
