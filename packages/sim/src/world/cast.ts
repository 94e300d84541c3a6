import { bytesToHex } from '@aivm/core/bytes';
import type { Identity } from './identity.ts';

/** Promises of a scenario on which a checker may rely. */
export interface Guarantees {
  /** An honest watcher re-runs every int8 result, and its transactions come into a block before the window ends. */
  readonly watched: boolean;
  /** Whatever an honest actor sends comes into a block before the height at which it would be too late. */
  readonly timely: boolean;
}

/** One person of the cast: an actor, as far as checkers may know it. */
export interface Person {
  readonly isHonest: boolean;
  readonly identities: readonly Identity[];
}

/** Who is who: what checkers may know of the actors. */
export class Cast {
  readonly guarantees: Guarantees;
  readonly #people = new Map<string, Person>();

  constructor(people: readonly Person[], guarantees: Guarantees) {
    this.guarantees = guarantees;
    for (const person of people) for (const { hex } of person.identities) this.#people.set(hex, person);
  }

  #personOf(address: Uint8Array): Person | undefined {
    return this.#people.get(bytesToHex(address));
  }

  /** The honest person of an address; undefined where it is nobody's, or somebody's who is not. */
  honestPersonOf(address: Uint8Array): Person | undefined {
    const person = this.#personOf(address);
    return person?.isHonest === true ? person : undefined;
  }

  isHonest(address: Uint8Array): boolean {
    return this.#personOf(address)?.isHonest === true;
  }

  /** Whether two addresses are one person's. */
  isSamePerson(left: Uint8Array, right: Uint8Array): boolean {
    const person = this.#personOf(left);
    return person !== undefined && person === this.#personOf(right);
  }
}
