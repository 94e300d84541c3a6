const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "1 block", "3 blocks". */
export const plural = (count: number | bigint, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${BigInt(count) === 1n ? one : many}`;

/** A span of time in its largest unit, as "4 s" or "2 h". */
export function spanOf(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} days`;
}

/** Where a height is, seen from the head: "3 blocks ago", "in 5 blocks", "now". */
export function distanceOf(height: number, head: number): string {
  if (height === head) return 'in the last block';
  return height < head ? `${plural(head - height, 'block')} ago` : `in ${plural(height - head, 'block')}`;
}

/** RFC 3339 text as date and time in UTC. */
export const clockOf = (timestamp: string): string =>
  timestamp.replace('T', ' ').replace(/(?:\.\d+)?Z$/, ' UTC');

/** A name of the chain as words: `no_other_provider` → "no other provider". */
export const wordsOf = (name: string): string => name.replaceAll('_', ' ');

/** The name of an operation as words: `submitTask` → "submit task". */
export const kindWords = (kind: string): string =>
  kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const MODES = ['optimistic', 'redundant', 'attested'] as const;
/** The name of a mode of verification. */
export const modeName = (mode: number): string => MODES[mode] ?? `mode ${mode}`;
