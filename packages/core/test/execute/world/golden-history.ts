import { bytesToHex } from '@aivm/core/bytes';
import { people } from '../scenario.ts';
import { TestChain } from '../test-chain.ts';
import { type Command, KIND_WEIGHTS, type Step } from './commands.ts';
import { GENESIS } from './genesis.ts';
import { OPENING, signStep } from './sign-step.ts';

/** Blocks of a history after its opening. */
export const HISTORY_BLOCKS = 12;
/** Empty blocks at the end, in which timers of open tasks fire. */
const IDLE_BLOCKS = 12;
const COMMANDS_MAX = 5;
const PICKS = 1_001;

/** A generator of whole numbers below a bound. It is our own, so that no release of a library changes a history. */
function createDice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % bound;
  };
}

const KINDS = Object.entries(KIND_WEIGHTS).flatMap(([kind, weight]) =>
  new Array<Command['kind']>(weight).fill(kind as Command['kind']),
);

/** The steps of the history with this seed. */
export function historyOf(seed: number): readonly Step[] {
  const dice = createDice(seed);
  return Array.from({ length: HISTORY_BLOCKS }, () => ({
    seconds: [1, 1, 1, 1, 1, 1, 1, 0, 60, 500][dice(10)] as number,
    commands: Array.from({ length: dice(COMMANDS_MAX + 1) }, () => ({
      kind: KINDS[dice(KINDS.length)] as Command['kind'],
      pick: dice(PICKS),
    })),
  }));
}

/** What a history leads to, each as the first 8 bytes in hex. */
export interface GoldenRoots {
  /** The state root of the last block. */
  readonly state: string;
  /** The id of the last block, which commits to the state, the outcomes and the receipts of every block before. */
  readonly block: string;
}

const DIGITS = 16;

/** Executes the history with this seed. @param codes takes the outcomes that came up */
export function runHistory(seed: number, codes: Set<string> = new Set()): GoldenRoots {
  const chain = new TestChain(GENESIS, people);
  const idle = Array.from({ length: IDLE_BLOCKS }, () => ({ seconds: 1, commands: [] }));
  let serial = 0;
  for (const step of [...OPENING, ...historyOf(seed), ...idle]) {
    const { block, result } = chain.build(signStep(chain, step, serial), step.seconds);
    serial += step.commands.length;
    chain.state.commit(result);
    chain.tip = block;
    for (const { code } of result.outcomes) codes.add(code);
  }
  return {
    state: bytesToHex(chain.state.root).slice(0, DIGITS),
    block: bytesToHex(chain.tip.id).slice(0, DIGITS),
  };
}
