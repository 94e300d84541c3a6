import { bytesToHex } from '@aivm/core';
import type { Actor } from '../actors/actor.ts';

/** Promises of a scenario on which a checker may rely. */
export interface Guarantees {
  /** An honest watcher re-runs every int8 result, and its transactions come into a block before the window ends. */
  readonly watched: boolean;
  /** Whatever an honest actor sends comes into a block before the height at which it would be too late. */
  readonly timely: boolean;
}

/** Who is who: what checkers may know of the actors. */
export class Cast {
  readonly guarantees: Guarantees;
  readonly #actors = new Map<string, Actor>();

  constructor(actors: readonly Actor[], guarantees: Guarantees) {
    this.guarantees = guarantees;
    for (const actor of actors) for (const { hex } of actor.identities) this.#actors.set(hex, actor);
  }

  actorOf(address: Uint8Array): Actor | undefined {
    return this.#actors.get(bytesToHex(address));
  }

  isHonest(address: Uint8Array): boolean {
    return this.actorOf(address)?.isHonest === true;
  }

  /** Whether two addresses are one person's. */
  isSamePerson(left: Uint8Array, right: Uint8Array): boolean {
    const actor = this.actorOf(left);
    return actor !== undefined && actor === this.actorOf(right);
  }
}
