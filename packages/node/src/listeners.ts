/** Functions that are called when something happens, in the order in which they were added. */
export class Listeners<Arguments extends readonly unknown[]> {
  readonly #listeners = new Set<(...values: Arguments) => void>();

  /** Returns how to stop. */
  add(listener: (...values: Arguments) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(...values: Arguments): void {
    for (const listener of this.#listeners) listener(...values);
  }
}
