import { parseBlock, type StatelessBlock, type StatelessVertex } from '@aivm/core/block';
import { bytesToHex, hexToBytes, serialize } from '@aivm/core/bytes';
import { privateKeyToAddress } from '@aivm/core/crypto';
import {
  type BlockParent,
  buildBlock,
  checkSupply,
  createGenesis,
  type ExecutionResult,
  parseGenesis,
  type SupplyReport,
  verifyBlock,
} from '@aivm/core/execute';
import { type CommittedState, readAccount, readChain, readOperator, stateKeys } from '@aivm/core/state';
import { type Operation, signTransaction, type Transaction } from '@aivm/core/tx';
import type { BuiltBlock } from '../../src/execute/block/build-block.ts';
import { createContext } from '../../src/execute/block/execute-block.ts';
import type { BlockContext } from '../../src/execute/context/block-context.ts';
import { operatorCodec } from '../../src/state/records/operator.ts';
import { fillFacts } from './named-facts.ts';

/** A person of the tests: a key made from one number. */
export interface Person {
  readonly key: Uint8Array;
  readonly address: Uint8Array;
}

export function person(seed: number): Person {
  const key = new Uint8Array(32).fill(seed);
  return { key, address: privateKeyToAddress(key) };
}

/** A committed state in two maps. */
class MemoryState implements CommittedState {
  readonly values = new Map<string, Uint8Array>();
  readonly pages = new Map<string, Uint8Array>();
  root: Uint8Array = new Uint8Array(32);

  get(key: Uint8Array): Uint8Array | undefined {
    return this.values.get(bytesToHex(key));
  }

  getPage(pageKey: string): Uint8Array | undefined {
    return this.pages.get(pageKey);
  }

  commit(result: ExecutionResult): void {
    for (const [key, value] of result.writes) {
      if (value === undefined) this.values.delete(key);
      else this.values.set(key, value);
    }
    for (const [pageKey, page] of result.tree.pages) {
      if (page === undefined) this.pages.delete(pageKey);
      else this.pages.set(pageKey, page);
    }
    this.root = result.tree.root;
  }
}

export const BILLION = 10n ** 24n;

/** One chain in memory that checks every block by re-execution and its books after every block. */
export class TestChain {
  readonly state = new MemoryState();
  tip: StatelessBlock;
  last: ExecutionResult;
  /** Whether every block is parsed and executed again; off where a test is about many blocks. */
  verifies = true;

  constructor(genesis: Record<string, unknown> = {}, people: readonly Person[] = []) {
    const allocations = Object.fromEntries(
      people.map(({ address }) => [`0x${bytesToHex(address)}`, BILLION.toString()]),
    );
    const { block, result } = createGenesis(
      parseGenesis({
        version: 1,
        message: 'test',
        timestamp: 1_000_000,
        chainId: 1337,
        allocations,
        ...genesis,
      }),
    );
    this.state.commit(result);
    this.tip = block;
    this.last = result;
  }

  get parent(): BlockParent {
    return { id: this.tip.id, header: this.tip.header, state: this.state };
  }

  get height(): number {
    return this.tip.header.height;
  }

  /** Signs at the next nonce; facts that the operation leaves to the record are those of the state. */
  sign(by: Person, operation: Operation, nonceOffset = 0n, expiry = 0n): Transaction {
    const nonce = readAccount(this.state, by.address).nonce + nonceOffset;
    const { chainId, genesisHash } = readChain(this.state);
    const filled = fillFacts(this.state, operation);
    return signTransaction({ chainId, genesisHash, nonce, expiry, operation: filled }, by.key);
  }

  /** Proposes a block and leaves the chain as it is. */
  build(
    candidates: readonly Transaction[] = [],
    seconds = 1,
    vertices: readonly StatelessVertex[] = [],
  ): BuiltBlock {
    const timestamp = this.tip.header.timestamp + seconds;
    return buildBlock({ parent: this.parent, timestamp, candidates, vertices });
  }

  /** Builds, re-parses, verifies and commits one block. */
  mine(
    candidates: readonly Transaction[] = [],
    seconds = 1,
    vertices: readonly StatelessVertex[] = [],
  ): ExecutionResult {
    const built = this.build(candidates, seconds, vertices);
    const block = this.verifies ? parseBlock(built.block.bytes) : built.block;
    const result = this.verifies ? verifyBlock({ parent: this.parent, block }) : built.result;
    this.state.commit(result);
    this.tip = block;
    this.last = result;
    const supply = this.supply();
    if (!supply.balanced) throw new Error(`books do not balance: ${supply.total} != ${supply.expected}`);
    return result;
  }

  mineUntil(height: number): void {
    while (this.height < height) this.mine();
  }

  /** Mines a block with one operation. @returns '' or the code of its refusal. */
  apply(by: Person, operation: Operation): string {
    const { outcomes } = this.mine([this.sign(by, operation)]);
    const [outcome] = outcomes;
    if (outcome === undefined) throw new Error(`no block takes ${operation.kind}`);
    return outcome.code;
  }

  /** Mines a block with one operation that has to take effect. */
  must(by: Person, operation: Operation): ExecutionResult {
    const code = this.apply(by, operation);
    if (code !== '') throw new Error(`${operation.kind} was refused: ${code}: ${this.last.details[0]}`);
    return this.last;
  }

  /** Every key and value, by hex of the key. */
  entries(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.state.values);
  }

  supply(): SupplyReport {
    return checkSupply([...this.state.values].map(([key, value]) => [hexToBytes(key), value] as const));
  }
}

/** Runs steps of the state machine on the state beside a block, and keeps what they write. */
export function changeState(chain: TestChain, steps: (context: BlockContext) => void): void {
  const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp + 1 });
  steps(context);
  for (const [key, value] of context.state.writes()) {
    if (value === undefined) chain.state.values.delete(key);
    else chain.state.values.set(key, value);
  }
}

/** Takes the reputation of operators: their providers count as serving, and are drawn for nothing. */
export function disgrace(chain: TestChain, ...operators: readonly Person[]): void {
  const { epoch } = readChain(chain.state);
  for (const { address } of operators) {
    const record = { ...readOperator(chain.state, address), reputation: 0, reputationEpoch: epoch };
    chain.state.values.set(bytesToHex(stateKeys.operator(address)), serialize(operatorCodec, record));
  }
}
