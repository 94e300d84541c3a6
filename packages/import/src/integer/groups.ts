/** Sets of ids that grow together. */
export class Groups {
  readonly #parents: Map<number, number>;

  constructor(ids: readonly number[]) {
    this.#parents = new Map(ids.map((id) => [id, id]));
  }

  #rootOf(id: number): number {
    let root = id;
    for (;;) {
      const parent = this.#parents.get(root) as number;
      if (parent === root) return root;
      root = parent;
    }
  }

  join(a: number, b: number): void {
    this.#parents.set(this.#rootOf(a), this.#rootOf(b));
  }

  groupOf(id: number): readonly number[] {
    const root = this.#rootOf(id);
    return [...this.#parents.keys()].filter((other) => this.#rootOf(other) === root);
  }

  groups(): readonly (readonly number[])[] {
    const groups = new Map<number, number[]>();
    for (const id of this.#parents.keys()) {
      const root = this.#rootOf(id);
      const members = groups.get(root);
      if (members === undefined) groups.set(root, [id]);
      else members.push(id);
    }
    return [...groups.values()];
  }
}
