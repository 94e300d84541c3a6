import { parseBlock, type StatelessBlock } from '@aivm/core/block';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { type BlockParent, buildBlock, createGenesis, parseGenesis, verifyBlock } from '@aivm/core/execute';
import type { KernelBackend } from '@aivm/core/kernels';
import {
  type CommittedState,
  readAccount,
  readChain,
  type TreeUpdate,
  updateStateTree,
} from '@aivm/core/state';
import { type Operation, signTransaction, type Transaction } from '@aivm/core/tx';
import { createContext } from '../../packages/core/src/execute/block/execute-block.ts';
import type { BlockContext } from '../../packages/core/src/execute/context/block-context.ts';

/** Somebody with a key of its own. */
export interface Person {
  readonly key: Uint8Array;
  readonly address: Uint8Array;
}

const PEOPLE_MAX = 128;

/** Everybody: enough for a panel of strangers behind each measured transaction. */
export const people: readonly Person[] = Array.from({ length: PEOPLE_MAX }, (_, i) => {
  const key = keccak256(utf8ToBytes(`aivm bench work ${i}`));
  return { key, address: privateKeyToAddress(key) };
});

export const personAt = (i: number): Person => {
  const person = people[i];
  if (person === undefined) throw new RangeError(`people: expected 0…${PEOPLE_MAX - 1}, got ${i}`);
  return person;
};

type Writes = ReadonlyMap<string, Uint8Array | undefined>;

/** A state over another one, which it leaves as it is. */
class LayeredState implements CommittedState {
  readonly #below: LayeredState | undefined;
  readonly #values = new Map<string, Uint8Array | undefined>();
  readonly #pages = new Map<string, Uint8Array | undefined>();
  root: Uint8Array;

  constructor(below?: LayeredState) {
    this.#below = below;
    this.root = below?.root ?? new Uint8Array(32);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.valueAt(bytesToHex(key));
  }

  valueAt(hexKey: string): Uint8Array | undefined {
    return this.#values.has(hexKey) ? this.#values.get(hexKey) : this.#below?.valueAt(hexKey);
  }

  getPage(pageKey: string): Uint8Array | undefined {
    return this.#pages.has(pageKey) ? this.#pages.get(pageKey) : this.#below?.getPage(pageKey);
  }

  commit(writes: Writes, tree: TreeUpdate): void {
    for (const [key, value] of writes) this.#values.set(key, value);
    for (const [key, page] of tree.pages) this.#pages.set(key, page);
    this.root = tree.root;
  }
}

const FUNDS = (10n ** 26n).toString();

/** A chain in memory whose next block's state can be made to order. */
export class WorkChain {
  readonly kernels: KernelBackend;
  readonly state: LayeredState;
  readonly #nonces = new Map<string, bigint>();
  #tip: StatelessBlock;

  private constructor(kernels: KernelBackend, state: LayeredState, tip: StatelessBlock) {
    this.kernels = kernels;
    this.state = state;
    this.#tip = tip;
  }

  /** A chain of these parameters on which everybody is rich. */
  static begin(kernels: KernelBackend, genesis: Readonly<Record<string, unknown>>): WorkChain {
    const allocations = Object.fromEntries(people.map(({ address }) => [`0x${bytesToHex(address)}`, FUNDS]));
    const parsed = parseGenesis({
      message: 'work',
      timestamp: 1_700_000_000,
      chainId: 9_997,
      allocations,
      ...genesis,
    });
    const { block, result } = createGenesis(parsed);
    const state = new LayeredState();
    state.commit(result.writes, result.tree);
    return new WorkChain(kernels, state, block);
  }

  /** The same chain for another case: what happens there stays there. */
  fork(): WorkChain {
    return new WorkChain(this.kernels, new LayeredState(this.state), this.#tip);
  }

  get parent(): BlockParent {
    const { id, header } = this.#tip;
    return { id, header, state: this.state };
  }

  /** Changes the state on which the next block builds, as if blocks before it had. `run` sees the next block's height. */
  prepare(run: (context: BlockContext) => void): void {
    const { timestamp } = this.#tip.header;
    const context = createContext(this.parent, { timestamp }, this.kernels);
    run(context);
    const writes = context.state.writes();
    const changes = [...writes].map(([key, value]) => [hexToBytes(key), value] as const);
    this.state.commit(writes, updateStateTree(this.state, this.state.root, changes));
  }

  /** Signs the next transaction of somebody. */
  sign({ key, address }: Person, operation: Operation): Transaction {
    const name = bytesToHex(address);
    const nonce = this.#nonces.get(name) ?? readAccount(this.state, address).nonce;
    this.#nonces.set(name, nonce + 1n);
    const { chainId, genesisHash } = readChain(this.state);
    return signTransaction({ chainId, genesisHash, nonce, expiry: 0n, operation }, key);
  }

  /** Proposes the next block, `seconds` after the last one. @throws Error where it leaves a transaction out */
  build(candidates: readonly Transaction[], seconds = 3): StatelessBlock {
    const timestamp = this.#tip.header.timestamp + seconds;
    const built = buildBlock({ parent: this.parent, timestamp, candidates, kernels: this.kernels });
    const [dropped] = built.dropped;
    if (dropped !== undefined) throw dropped.error;
    if (built.postponed.length > 0) throw new Error(`a block of ${candidates.length} has no room for all`);
    const { outcomes, details } = built.result;
    const refused = outcomes.findIndex(({ code }) => code !== '');
    if (refused >= 0) throw new Error(`${outcomes[refused]?.code}: ${details[refused]}`);
    return built.block;
  }

  /** Checks a block as a node does with one of somebody else, from its bytes on. Nothing is kept. */
  check({ bytes }: Pick<StatelessBlock, 'bytes'>): void {
    verifyBlock({ parent: this.parent, block: parseBlock(bytes), kernels: this.kernels });
  }
}
