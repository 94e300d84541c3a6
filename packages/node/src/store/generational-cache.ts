/**
 * A map of bounded weight that forgets what was long unused. Entries are in two generations: a use brings one to the
 * younger, and once the younger has half of the weight it becomes the older, and the older is forgotten. What was used
 * within the last half of the weight is there, and finding it costs what it costs in a map: an exact order of use, as
 * `LruCache` keeps it, costs several times that, which tells where every block finds thousands of entries.
 */
export class GenerationalCache<V> {
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #youngWeight = 0;
  readonly #weightMax: number;
  readonly #weightOf: (value: V) => number;

  /** `weightOf` must give the same for a value as long as it is held. What weighs more than half of all is not held. */
  constructor(weightMax: number, weightOf: (value: V) => number) {
    this.#weightMax = weightMax / 2;
    this.#weightOf = weightOf;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    const replaced = this.#young.get(key);
    const weight = this.#weightOf(value);
    this.#youngWeight += weight - (replaced === undefined ? 0 : this.#weightOf(replaced));
    this.#young.set(key, value);
    // Else the older generation would show a replaced value once the younger is forgotten.
    this.#old.delete(key);
    if (this.#youngWeight <= this.#weightMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngWeight = 0;
    if (weight > this.#weightMax) this.#old.delete(key);
  }
}
