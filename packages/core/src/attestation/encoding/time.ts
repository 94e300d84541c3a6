/** 9999-12-31T23:59:59Z, the last second that a certificate can name. */
export const TIME_MAX = 253_402_300_799;

const DAY_SECONDS = 86_400;
const DAYS_TO_1970 = 719_468;
const DAYS_PER_ERA = 146_097;

/** Days from 1970-01-01 to a date of the proleptic Gregorian calendar, years 0…9999. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_TO_1970;
}

function daysInMonth(year: number, month: number): number {
  const next = month === 12 ? daysOf(year + 1, 1, 1) : daysOf(year, month + 1, 1);
  return next - daysOf(year, month, 1);
}

/** Unix seconds of the six numbers, or undefined where there is no such second (leap seconds included). */
export function secondsOf(parts: readonly number[]): number | undefined {
  const [year = -1, month = 0, day = 0, hour = 24, minute = 60, second = 60] = parts;
  if (year < 0 || year > 9999 || month < 1 || month > 12) return undefined;
  if (day < 1 || day > daysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return undefined;
  return daysOf(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?[Zz]$/;

/** Unix seconds of RFC 3339 text in UTC (fractions are cut off), or undefined. */
export function rfc3339ToSeconds(text: string): number | undefined {
  const match = RFC_3339.exec(text);
  return match === null ? undefined : secondsOf(match.slice(1, 7).map(Number));
}

const padded = (value: number, size: number): string => value.toString().padStart(size, '0');

/** RFC 3339 text of Unix seconds 0…{@link TIME_MAX}. */
export function secondsToRfc3339(seconds: number): string {
  const days = Math.floor(seconds / DAY_SECONDS);
  const rest = seconds - days * DAY_SECONDS;
  let year = 1970 + Math.floor(days / 366);
  while (daysOf(year + 1, 1, 1) <= days) year += 1;
  let month = 1;
  while (month < 12 && daysOf(year, month + 1, 1) <= days) month += 1;
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(days - daysOf(year, month, 1) + 1, 2)}`;
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map((n) => padded(n, 2));
  return `${date}T${clock.join(':')}Z`;
}

/** A closed interval of Unix seconds. */
export interface TimeWindow {
  readonly from: number;
  readonly until: number;
}

/** All of time: the neutral element of {@link intersectWindows}. */
export const ALWAYS: TimeWindow = { from: 0, until: TIME_MAX };

/** The seconds that lie in every window; empty (from > until) where there are none. */
export function intersectWindows(windows: readonly TimeWindow[]): TimeWindow {
  let { from, until } = ALWAYS;
  for (const window of windows) {
    from = Math.max(from, window.from);
    until = Math.min(until, window.until);
  }
  return { from, until };
}
