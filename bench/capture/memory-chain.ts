import type { StatelessBlock } from '@aivm/core/block';
import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256, privateKeyToAddress } from '@aivm/core/crypto';
import { buildBlock, createGenesis, type ExecutionResult, parseGenesis } from '@aivm/core/execute';
import { type CommittedState, readAccount, readChain } from '@aivm/core/state';
import { type Operation, signTransaction, type Transaction } from '@aivm/core/tx';

/** A key that follows from a name. */
export interface Person {
  readonly name: string;
  readonly key: Uint8Array;
  readonly address: Uint8Array;
}

export function personOf(name: string): Person {
  const key = keccak256(utf8ToBytes(`aivm bench capture ${name}`));
  return { name, key, address: privateKeyToAddress(key) };
}

class MemoryState implements CommittedState {
  readonly #values = new Map<string, Uint8Array>();
  readonly #pages = new Map<string, Uint8Array>();
  root: Uint8Array = new Uint8Array(32);

  /** Bytes of all keys and values. */
  get bytes(): number {
    return [...this.#values].reduce((sum, [key, value]) => sum + key.length / 2 + value.length, 0);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(bytesToHex(key));
  }

  getPage(pageKey: string): Uint8Array | undefined {
    return this.#pages.get(pageKey);
  }

  commit({ writes, tree }: ExecutionResult): void {
    for (const [key, value] of writes) {
      if (value === undefined) this.#values.delete(key);
      else this.#values.set(key, value);
    }
    for (const [key, page] of tree.pages) {
      if (page === undefined) this.#pages.delete(key);
      else this.#pages.set(key, page);
    }
    this.root = tree.root;
  }
}

const FUNDS = (10n ** 24n).toString();

/** A chain in memory: blocks of signed transactions, as a node builds them. */
export class MemoryChain {
  readonly state = new MemoryState();
  readonly #nonces = new Map<string, bigint>();
  #tip: StatelessBlock;
  /** Work units of every transaction so far, and milliseconds that this process took to make the blocks. */
  readonly spent = { work: 0, ms: 0 };

  constructor(genesis: Readonly<Record<string, unknown>>, people: readonly Person[]) {
    const allocations = Object.fromEntries(people.map(({ address }) => [`0x${bytesToHex(address)}`, FUNDS]));
    const parsed = parseGenesis({ message: 'capture', timestamp: 1_700_000_000, allocations, ...genesis });
    const { block, result } = createGenesis(parsed);
    this.state.commit(result);
    this.#tip = block;
  }

  get height(): number {
    return this.#tip.header.height;
  }

  /** Signs the next transaction of somebody. */
  sign({ name, key, address }: Person, operation: Operation): Transaction {
    const nonce = this.#nonces.get(name) ?? readAccount(this.state, address).nonce;
    this.#nonces.set(name, nonce + 1n);
    const { chainId, genesisHash } = readChain(this.state);
    return signTransaction({ chainId, genesisHash, nonce, expiry: 0n, operation }, key);
  }

  /** Makes a block. @returns the codes of refusals, none where all took effect */
  mine(candidates: readonly Transaction[] = []): readonly string[] {
    const { id, header } = this.#tip;
    const parent = { id, header, state: this.state };
    const before = process.cpuUsage();
    const { block, result } = buildBlock({ parent, timestamp: header.timestamp + 3, candidates });
    const { user, system } = process.cpuUsage(before);
    this.spent.ms += (user + system) / 1_000;
    this.spent.work += result.outcomes.reduce((sum, { work }) => sum + work, 0);
    this.state.commit(result);
    this.#tip = block;
    this.#nonces.clear();
    return result.outcomes.map(({ code }) => code).filter((code) => code !== '');
  }
}
