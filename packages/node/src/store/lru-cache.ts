/**
 * A map of bounded weight that forgets what was longest unused. Relies on Map keeping insertion order. Use is noted from
 * half of the weight on: below, nothing has to go soon, and moving an entry to the end costs several times what finding
 * it does.
 */
export class LruCache<V> {
  readonly #entries = new Map<string, V>();
  readonly #weightMax: number;
  readonly #weightOf: (value: V) => number;
  #weight = 0;

  /** `weightOf` must give the same for a value as long as it is held. */
  constructor(weightMax: number, weightOf: (value: V) => number = () => 1) {
    this.#weightMax = weightMax;
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || 2 * this.#weight < this.#weightMax) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.delete(key);
    this.#entries.set(key, value);
    this.#weight += this.#weightOf(value);
    for (const [oldest, held] of this.#entries) {
      if (this.#weight <= this.#weightMax) return;
      this.#entries.delete(oldest);
      this.#weight -= this.#weightOf(held);
    }
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weightOf(value);
  }

  clear(): void {
    this.#entries.clear();
    this.#weight = 0;
  }
}
