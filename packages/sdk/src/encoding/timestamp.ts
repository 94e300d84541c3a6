/**
 * RFC 3339 in UTC of whole seconds since 1970, as Go writes a time.
 * @example secondsToTimestamp(1_767_323_045) // '2026-01-02T03:04:05Z'
 */
export const secondsToTimestamp = (seconds: number): string =>
  new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');

/**
 * Whole seconds since 1970 of an RFC 3339 time.
 * @throws RangeError when `text` is not one.
 * @example timestampToSeconds('2026-01-02T03:04:05Z') // 1_767_323_045
 */
export function timestampToSeconds(text: string): number {
  const isForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const ms = isForm ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new RangeError(`time: expected RFC 3339, got "${text.slice(0, 40)}"`);
  return Math.floor(ms / 1_000);
}
