import { bytesToHex, concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import type { Genesis } from '@aivm/core/execute';
import { hashGenesis } from '@aivm/core/execute';
import { onTestFinished } from 'vitest';
import { anchorKeyToJson, bindAnchorKey, consensusAddress } from '../../src/anchors/validators/anchor-key.ts';
import { AbciHost } from '../../src/hosts/abci/abci-host.ts';
import type { AnchorSigner } from '../../src/hosts/abci/anchor-votes.ts';
import { openNode } from '../../src/local/open-node.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { KeptStore } from '../hosts/host-compliance.ts';
import { TestEngine } from './abci-engine.ts';

const COMMIT = 2;
const ABSENT = 1;
const ROOM = 1n << 30n;

/** A key of a validator for anchors, by its name and how often it was replaced. */
export function testSigner(genesis: Genesis, name: string, serial = 0): AnchorSigner {
  const consensusSeed = keccak256(utf8ToBytes(`consensus ${name}`));
  const privateKey = keccak256(utf8ToBytes(`anchor ${name} ${serial}`));
  const chain = { chainId: genesis.chainId, genesisHash: hashGenesis(genesis) };
  return { privateKey, binding: bindAnchorKey(chain, { consensusSeed, privateKey, serial: BigInt(serial) }) };
}

/** A validator: an application, and the engine's connections to it. */
export class TestValidator {
  readonly store = new KeptStore();
  readonly log: { level: string; message: string; fields: LogFields }[] = [];
  readonly consensus: Uint8Array;
  readonly name: string;
  engine!: TestEngine;
  node!: Awaited<ReturnType<typeof openNode>>['node'];
  readonly #genesis: Genesis;
  #host: AbciHost | undefined;

  constructor(name: string, genesis: Genesis) {
    this.name = name;
    this.#genesis = genesis;
    this.consensus = consensusAddress(testSigner(genesis, name).binding.consensusKey);
  }

  async start(anchorSigners: readonly AnchorSigner[]): Promise<void> {
    const write = (level: string) => (fields: LogFields, message: string) => {
      this.log.push({ level, message, fields });
    };
    const log: Log = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
    const { node } = await openNode({ store: this.store, genesis: this.#genesis });
    const host = new AbciHost({ listen: 'tcp://127.0.0.1:0', anchorSigners }, { port: node.port, log });
    await host.start();
    this.#host = host;
    this.node = node;
    this.engine = new TestEngine(host.address);
    onTestFinished(() => this.stop());
  }

  async stop(): Promise<void> {
    this.engine.close();
    await this.#host?.stop();
  }

  warnings(): string {
    return JSON.stringify(this.log.filter(({ level }) => level === 'warn'));
  }
}

/** Deviations of one height. */
export interface Round {
  readonly proposer?: number;
  /** Validators that vote for nothing. */
  readonly absent?: readonly number[];
  /** What a validator says instead of its extension. */
  readonly extensions?: Readonly<Record<number, Uint8Array>>;
  /** Also of extensions that the others refuse: as where votes come late, which nobody is asked about. */
  readonly isUnchecked?: boolean;
  /** What the proposer makes of its proposal. */
  readonly alter?: (entries: readonly Uint8Array[]) => readonly Uint8Array[];
  readonly txs?: readonly Uint8Array[];
}

interface Vote {
  readonly consensus: Uint8Array;
  readonly extension: Uint8Array | undefined;
}

/** Validators whose engine the test plays: propose, process, extend, verify, finalize, commit, each as CometBFT calls it. */
export class VotingNetwork {
  readonly validators: readonly TestValidator[];
  readonly genesis: Genesis;
  readonly #power: bigint;
  #votes: readonly Vote[] = [];
  height = 0;

  constructor(names: readonly string[], genesis: Genesis, power = 10n) {
    this.genesis = genesis;
    this.#power = power;
    this.validators = names.map((name) => new TestValidator(name, genesis));
  }

  async start(keys: readonly AnchorSigner[], appKeys = keys): Promise<void> {
    for (const [i, validator] of this.validators.entries()) {
      const own = keys[i];
      await validator.start(own === undefined ? [] : [own]);
      await validator.engine.info();
      await validator.engine.initChain(this.genesis.timestamp, this.genesisFields(appKeys));
    }
  }

  genesisFields(keys: readonly AnchorSigner[], enableHeight = 1n) {
    const appState = { aivm_anchor_keys: keys.map(({ binding }) => anchorKeyToJson(binding)) };
    return {
      appStateBytes: utf8ToBytes(JSON.stringify(appState)),
      consensusParams: { abci: { voteExtensionsEnableHeight: enableHeight } } as never,
      validators: this.validators.map(({ name }) => ({
        pubKey: {
          sum: { case: 'ed25519', value: testSigner(this.genesis, name).binding.consensusKey },
        },
        power: this.#power,
      })) as never,
    };
  }

  /** One height. @returns who accepted the proposal, its entries, the extensions that counted; undecided where too few did. */
  async round(round: Round = {}): Promise<{ accepted: readonly boolean[]; entries: readonly Uint8Array[] }> {
    const height = this.height + 1;
    const seconds = this.genesis.timestamp + 10 * height;
    const time = { seconds: BigInt(seconds), nanos: 0 } as never;
    const proposer = this.validators[round.proposer ?? height % this.validators.length] as TestValidator;
    const { consensus: connection } = proposer.engine;
    const proposal = await connection.call('prepareProposal', {
      ...{ height: BigInt(height), time, txs: [...(round.txs ?? [])], maxTxBytes: ROOM },
      localLastCommit: this.#commit((vote) => ({
        voteExtension: vote.extension ?? new Uint8Array(0),
      })) as never,
    });
    const entries = round.alter?.(proposal.txs) ?? proposal.txs;
    const common = { height: BigInt(height), time, txs: [...entries] };
    const proposedLastCommit = this.#commit() as never;
    const present = this.validators.filter((_, i) => round.absent?.includes(i) !== true);
    const accepted = await Promise.all(
      present.map(async ({ engine }) => {
        const { status } = await engine.consensus.call('processProposal', { ...common, proposedLastCommit });
        return status === 1;
      }),
    );
    if (3 * accepted.filter((one) => one).length <= 2 * this.validators.length) return { accepted, entries };
    const votes = await Promise.all(this.validators.map((_, i) => this.#vote(i, height, round)));
    const decidedLastCommit = this.#commit() as never;
    const hashes = new Set<string>();
    for (const { engine } of this.validators) {
      const { appHash, txResults } = await engine.consensus.call('finalizeBlock', {
        ...common,
        decidedLastCommit,
      });
      if (txResults.length !== entries.length) throw new Error('another number of results than of entries');
      hashes.add(bytesToHex(concatBytes(appHash, ...txResults.map(({ code }) => Uint8Array.of(code)))));
      await engine.commit();
    }
    if (hashes.size !== 1) throw new Error(`height ${height}: ${[...hashes].join(', ')}`);
    this.#votes = votes;
    this.height = height;
    return { accepted, entries };
  }

  async rounds(count: number, round: Round = {}): Promise<void> {
    for (let i = 0; i < count; i++) await this.round(round);
  }

  /** Votes with extensions of the last block. */
  get votes(): readonly Vote[] {
    return this.#votes;
  }

  async #vote(i: number, height: number, { absent, extensions, isUnchecked }: Round): Promise<Vote> {
    const { consensus, engine } = this.validators[i] as TestValidator;
    if (absent?.includes(i) === true) return { consensus, extension: undefined };
    const { voteExtension: own } = await engine.consensus.call('extendVote', { height: BigInt(height) });
    const voteExtension = extensions?.[i] ?? own;
    if (isUnchecked === true) return { consensus, extension: voteExtension };
    const others = this.validators.filter(
      (one, j) => j !== i && absent?.includes(j) !== true && one !== undefined,
    );
    const verdicts = await Promise.all(
      others.map(async ({ engine: other }) => {
        const fields = { height: BigInt(height), voteExtension, validatorAddress: consensus };
        return (await other.consensus.call('verifyVoteExtension', fields)).status === 1;
      }),
    );
    if (new Set(verdicts).size > 1) throw new Error('validators differ about an extension');
    return { consensus, extension: verdicts[0] === false ? undefined : voteExtension };
  }

  #commit(more: (vote: Vote) => object = () => ({})) {
    return {
      round: 0,
      votes: this.#votes.map((vote) => ({
        validator: { address: vote.consensus, power: this.#power },
        blockIdFlag: vote.extension === undefined ? ABSENT : COMMIT,
        ...more(vote),
      })),
    };
  }
}
