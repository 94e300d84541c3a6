import type { Random } from './random.ts';

/** How bad the network between the nodes is. Chances are per mille. */
export interface NetworkConditions {
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** Of a gossiped transaction. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  /** Of a node missing a block in the round of its decision; it fetches it in a later one. */
  readonly latePerMille: number;
}

export const CALM: NetworkConditions = {
  delayMsMin: 5,
  delayMsMax: 400,
  lossPerMille: 0,
  duplicatePerMille: 20,
  latePerMille: 20,
};

export const ROUGH: NetworkConditions = {
  delayMsMin: 5,
  delayMsMax: 4_000,
  lossPerMille: 100,
  duplicatePerMille: 100,
  latePerMille: 150,
};

/** As bad as a network may be over which clients talk that wait some seconds for an answer. */
export const SHAKY: NetworkConditions = {
  delayMsMin: 5,
  delayMsMax: 1_200,
  lossPerMille: 40,
  duplicatePerMille: 100,
  latePerMille: 150,
};

interface Message {
  readonly atMs: number;
  readonly order: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
}

/** Transactions between nodes: delayed, lost, doubled, overtaken by later ones, and cut off by partitions. */
export class Network {
  readonly conditions: NetworkConditions;
  readonly #random: Random;
  #waiting: Message[] = [];
  #sent = 0;
  /** Nodes that only reach one another; everybody else is on the other side. */
  #isolated: ReadonlySet<number> = new Set();

  constructor(conditions: NetworkConditions, random: Random) {
    this.conditions = conditions;
    this.#random = random;
  }

  get isolated(): ReadonlySet<number> {
    return this.#isolated;
  }

  /** Cuts these nodes off from the others; none heals the network. */
  isolate(nodes: readonly number[]): void {
    this.#isolated = new Set(nodes);
  }

  canReach(from: number, to: number): boolean {
    return this.#isolated.has(from) === this.#isolated.has(to);
  }

  send(message: Pick<Message, 'from' | 'to' | 'bytes'>, nowMs: number): void {
    const { delayMsMin, delayMsMax, lossPerMille, duplicatePerMille } = this.conditions;
    if (this.#random.chance(lossPerMille)) return;
    const copies = this.#random.chance(duplicatePerMille) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const atMs = nowMs + this.#random.between(delayMsMin, delayMsMax);
      this.#waiting.push({ ...message, atMs, order: this.#sent++ });
    }
  }

  /** Messages that arrive up to now, in order of arrival; what meets a partition is lost. */
  receive(nowMs: number): readonly Message[] {
    const due = this.#waiting.filter(({ atMs }) => atMs <= nowMs);
    if (due.length === 0) return due;
    this.#waiting = this.#waiting.filter(({ atMs }) => atMs > nowMs);
    due.sort((left, right) => left.atMs - right.atMs || left.order - right.order);
    return due.filter(({ from, to }) => this.canReach(from, to));
  }

  isLate(): boolean {
    return this.#random.chance(this.conditions.latePerMille);
  }
}
