/** A file of the database does not hold what LevelDB wrote. The message says what and where; the caller adds the file. */
export class FileDamage extends Error {}

/** @throws FileDamage unless `condition` holds. */
export function requireSound(condition: boolean, describe: () => string): asserts condition {
  if (!condition) throw new FileDamage(describe());
}
