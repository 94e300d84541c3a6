/** How many letters are to be added, removed or replaced, at most, in a name that was meant. */
const DISTANCE_MAX = 3;

function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, i) => i);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(left[i - 1] !== right[j - 1]);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/** The name that somebody meant who wrote `word`; undefined where none is near. */
export function nearestOf(word: string, names: readonly string[]): string | undefined {
  const text = word.toLowerCase().replaceAll('_', '-').slice(0, 64);
  const camel = word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  if (names.includes(camel)) return camel;
  const ranked = names.map((name) => ({ name, away: distance(text, name) })).sort((a, b) => a.away - b.away);
  const [best] = ranked;
  return best !== undefined && best.away <= Math.min(DISTANCE_MAX, Math.ceil(best.name.length / 2))
    ? best.name
    : undefined;
}
