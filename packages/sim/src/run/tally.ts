/** Counts by name. */
export type Counts = Record<string, number>;

/** What has been counted so far. */
export interface Counters {
  readonly deeds: Counts;
  readonly outcomes: Counts;
  readonly codes: Counts;
}

export const count = (counts: Counts, name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by;
};

/** Adds up two sets of counts. */
export function addCounts(into: Counts, from: Readonly<Counts>): void {
  for (const [name, by] of Object.entries(from)) count(into, name, by);
}

/** The same counts with names in order, so that equal counts print equally. */
export const sortCounts = (counts: Readonly<Counts>): Counts =>
  Object.fromEntries(Object.entries(counts).sort(([left], [right]) => (left < right ? -1 : 1)));
