import { bytesToHex } from '@aivm/core/bytes';
import { CheckClass, readTaskInput, type StateReader } from '@aivm/core/state';
import { NETWORK_SHIFT, NETWORK_WIDTHS, simNetwork } from '../world/sim-network.ts';
import type { ObservedBlock } from './checker.ts';

/** Rows begin at multiples of it; behind the weights of a row are a bias and a scale, which these layers leave at zero. */
const ROW_ALIGN = 128;
const TAIL_BYTES = 9;

const signed = (byte: number): number => (byte << 24) >> 24;

/** The simulation's network in a dozen lines of its own: the checkers' oracle, not an engine. */
function networkOracle(input: Uint8Array): Uint8Array {
  const { blob } = simNetwork();
  let values = [...input].map(signed);
  let place = 0;
  for (const width of NETWORK_WIDTHS.slice(1)) {
    const stride = Math.ceil((values.length + TAIL_BYTES) / ROW_ALIGN) * ROW_ALIGN;
    const next: number[] = [];
    for (let unit = 0; unit < width; unit++) {
      const row = place + unit * stride;
      const sum = values.reduce((total, value, i) => total + value * signed(blob[row + i] ?? 0), 0);
      next.push(Math.max(-128, Math.min(127, sum >> NETWORK_SHIFT)));
    }
    place = Math.ceil((place + width * stride) / ROW_ALIGN) * ROW_ALIGN;
    values = next;
  }
  return Uint8Array.from(values, (value) => value & 0xff);
}

/** A checker's own book of the results of the simulation's network: which are right. */
export class NetworkTruth {
  readonly #right = new Map<string, string>();
  readonly #posted = new Map<string, string>();

  apply({ block, outcomes, changes }: ObservedBlock, state: StateReader): void {
    for (const { before, after } of changes.task) {
      if (before !== undefined || after?.checkClass !== CheckClass.int8Graph) continue;
      const input = readTaskInput(state, after.id);
      if (input !== undefined) this.#right.set(after.id, bytesToHex(networkOracle(input)));
    }
    for (const [i, { operation }] of block.transactions.entries()) {
      if (operation.kind !== 'submitResult' || outcomes[i]?.code !== '') continue;
      if (this.#right.has(operation.taskId)) this.#posted.set(operation.taskId, bytesToHex(operation.output));
    }
  }

  /** Whether the last posted result is right; undefined where it is not one of the network. */
  isRight(taskId: string): boolean | undefined {
    const posted = this.#posted.get(taskId);
    return posted === undefined ? undefined : posted === this.#right.get(taskId);
  }
}
