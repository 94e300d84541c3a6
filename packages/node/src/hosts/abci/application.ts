import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { transactionWork } from '@aivm/core/tx';
import { create } from '@bufbuild/protobuf';
import { consensusAddress } from '../../anchors/validators/anchor-key.ts';
import type { EngineValidator } from '../../anchors/validators/signing-state.ts';
import { errorFields, type Log } from '../../log.ts';
import type { HostPort } from '../host.ts';
import type { AbciApplication, Answer, Call } from './abci-server.ts';
import { type AnchorSigner, AnchorVotes } from './anchor-votes.ts';
import { EngineBlocks, RESULT_CODES } from './engine-blocks.ts';
import { checkEngineGenesis, GENESIS_BLOCK_MEMBER } from './engine-genesis.ts';
import { EngineSnapshots } from './engine-snapshots.ts';
import { heightOf } from './engine-time.ts';
import {
  type RequestCheckTx,
  type RequestInfo,
  type RequestInitChain,
  type RequestQuery,
  ResponseCheckTxSchema,
  ResponseCommitSchema,
  ResponseEchoSchema,
  ResponseExtendVoteSchema,
  ResponseFinalizeBlockSchema,
  ResponseFlushSchema,
  ResponseInfoSchema,
  ResponseInitChainSchema,
  ResponsePrepareProposalSchema,
  ResponseProcessProposalSchema,
  ResponseQuerySchema,
  ResponseVerifyVoteExtensionSchema,
} from './generated/abci_pb.ts';

/** ABCI versions that this server speaks begin so. */
const ABCI_VERSION = '2.';
/** Of the state machine, as the engine's block headers carry it. A change makes engines with another one stop. */
const APP_VERSION = 1n;

const ACCEPT = 1;
const REJECT = 2;

/** Requests of the consensus connection, of which there is one. */
const CONSENSUS: ReadonlySet<Call['case']> = new Set([
  'initChain',
  'prepareProposal',
  'processProposal',
  'extendVote',
  'verifyVoteExtension',
  'finalizeBlock',
  'commit',
]);

/** The validators of the engine's genesis, as its blocks call them. */
const validatorsOfGenesis = ({ validators }: RequestInitChain): readonly EngineValidator[] =>
  validators.map(({ pubKey, power }) => ({
    consensus: consensusAddress(pubKey?.sum.value ?? new Uint8Array(0)),
    power,
  }));

/** What the application needs around it. */
export interface NodeApplicationOptions {
  readonly port: HostPort;
  readonly log: Log;
  /** Names the program in the engine's log. */
  readonly version: string;
  /** The keys of this validator for anchors; none: it signs none. */
  readonly anchorSigners: readonly AnchorSigner[];
  /** A consensus connection is open. */
  readonly onEngine: () => void;
}

/** A node as an ABCI 2.0 application: the engine orders, the node executes and keeps. */
export class NodeApplication implements AbciApplication {
  readonly #port: HostPort;
  readonly #log: Log;
  readonly #version: string;
  readonly #onEngine: () => void;
  readonly #blocks: EngineBlocks;
  readonly #votes: AnchorVotes;
  readonly #snapshots: EngineSnapshots;
  #engine: object | undefined;
  #isInitialized: boolean;
  #isChecking = false;

  constructor({ port, log, version, anchorSigners, onEngine }: NodeApplicationOptions) {
    this.#port = port;
    this.#log = log;
    this.#version = version;
    this.#onEngine = onEngine;
    this.#votes = new AnchorVotes(port, { signers: anchorSigners, log });
    this.#blocks = new EngineBlocks(port, this.#votes);
    this.#snapshots = new EngineSnapshots(port, {
      log,
      // Whoever begins with a snapshot is sent no InitChain.
      onRestored: () => {
        this.#isInitialized = true;
      },
    });
    this.#isInitialized = port.lastAccepted().header.height > 0;
  }

  /** Whether a consensus connection is open. */
  get hasEngine(): boolean {
    return this.#engine !== undefined;
  }

  /** Whether a transaction that comes into the pool now is one that the engine asked about, and so has. */
  get isChecking(): boolean {
    return this.#isChecking;
  }

  closed(connection: object): void {
    if (this.#engine !== connection) return;
    this.#engine = undefined;
    this.#log.warn({}, 'abci: CometBFT is gone; no block is made until it is back');
  }

  async answer(call: Call, connection: object): Promise<Answer> {
    if (CONSENSUS.has(call.case)) this.#enterConsensus(call, connection);
    switch (call.case) {
      case 'echo':
        return { case: 'echo', value: create(ResponseEchoSchema, { message: call.value.message }) };
      case 'flush':
        return { case: 'flush', value: create(ResponseFlushSchema) };
      case 'info':
        return this.#info(call.value);
      case 'query':
        return this.#query(call.value);
      case 'checkTx':
        return this.#checkTx(call.value);
      case 'listSnapshots':
      case 'offerSnapshot':
      case 'loadSnapshotChunk':
      case 'applySnapshotChunk':
        return this.#snapshots.answer(call);
      default:
        return this.#consensus(call);
    }
  }

  async #consensus(call: Extract<Call, { case: string }>): Promise<Answer> {
    switch (call.case) {
      case 'initChain':
        return this.#initChain(call.value);
      case 'prepareProposal': {
        const txs = this.#blocks.prepare(call.value);
        return { case: 'prepareProposal', value: create(ResponsePrepareProposalSchema, { txs }) };
      }
      case 'processProposal': {
        const refusal = this.#blocks.refusalOf(call.value);
        if (refusal !== undefined) {
          this.#log.warn(
            { height: call.value.height.toString(), ...errorFields(refusal) },
            'abci: a proposal is refused',
          );
        }
        const status = refusal === undefined ? ACCEPT : REJECT;
        return { case: 'processProposal', value: create(ResponseProcessProposalSchema, { status }) };
      }
      case 'finalizeBlock': {
        const { appHash, results } = await this.#blocks.finalize(call.value);
        const value = create(ResponseFinalizeBlockSchema, { txResults: results, appHash });
        return { case: 'finalizeBlock', value };
      }
      case 'commit':
        await this.#blocks.commit();
        return { case: 'commit', value: create(ResponseCommitSchema) };
      case 'extendVote': {
        const voteExtension = this.#votes.extend(heightOf(call.value.height));
        return { case: 'extendVote', value: create(ResponseExtendVoteSchema, { voteExtension }) };
      }
      case 'verifyVoteExtension': {
        const { height, voteExtension, validatorAddress } = call.value;
        const refusal = this.#votes.refusalOfExtension(heightOf(height), voteExtension);
        if (refusal !== undefined) {
          const validator = bytesToHex(validatorAddress);
          this.#log.warn(
            { validator, ...errorFields(refusal) },
            'abci: a vote with this extension is refused',
          );
        }
        const status = refusal === undefined ? ACCEPT : REJECT;
        return { case: 'verifyVoteExtension', value: create(ResponseVerifyVoteExtensionSchema, { status }) };
      }
      default:
        throw new AivmError('not_supported', `ABCI request ${call.case}`);
    }
  }

  /** One connection at a time orders blocks, and none before the chain has begun. */
  #enterConsensus({ case: name }: Call, connection: object): void {
    if (this.#engine !== undefined && this.#engine !== connection) {
      throw new AivmError('wrong_state', `${name}: another connection orders the blocks of this node`);
    }
    if (name !== 'initChain' && !this.#isInitialized) {
      throw new AivmError('not_initialized', `${name}: before InitChain`);
    }
    if (this.#engine === connection) return;
    this.#engine = connection;
    this.#onEngine();
  }

  async #info({ version, abciVersion }: RequestInfo): Promise<Answer> {
    if (!abciVersion.startsWith(ABCI_VERSION)) {
      throw new AivmError(
        'not_supported',
        `Info: the engine ${JSON.stringify(version)} speaks ABCI ${JSON.stringify(abciVersion)}, this application ABCI 2; run CometBFT v0.38`,
      );
    }
    const { id, header } = await this.#blocks.lastCommitted();
    this.#log.info(
      { engine: version, abci: abciVersion, height: header.height },
      'abci: CometBFT asks where this node is',
    );
    const value = create(ResponseInfoSchema, {
      data: 'aivm',
      version: this.#version,
      appVersion: APP_VERSION,
      lastBlockHeight: BigInt(header.height),
      // At height 0 the answer of InitChain says it.
      lastBlockAppHash: header.height === 0 ? new Uint8Array(0) : id,
    });
    return { case: 'info', value };
  }

  #initChain(request: RequestInitChain): Answer {
    const tip = this.#port.lastAccepted();
    if (tip.header.height > 0) {
      throw new AivmError(
        'wrong_state',
        `InitChain: this node is at height ${tip.header.height}; an engine that begins anew needs an empty data directory`,
      );
    }
    const { isNamed, anchorKeys } = checkEngineGenesis(request, tip);
    this.#votes.begin(anchorKeys, validatorsOfGenesis(request));
    if (!isNamed) {
      this.#log.warn(
        { member: GENESIS_BLOCK_MEMBER },
        'abci: app_state names no genesis block; one of another genesis is only seen when its first block is refused',
      );
    }
    this.#isInitialized = true;
    this.#log.info(
      {
        engineChain: request.chainId,
        validators: request.validators.length,
        anchorKeys: anchorKeys.length,
      },
      'abci: the chain begins',
    );
    return { case: 'initChain', value: create(ResponseInitChainSchema, { appHash: tip.id }) };
  }

  /** What the pool refuses, the engine does not carry. What it holds already is fine. */
  #checkTx({ tx: bytes }: RequestCheckTx): Answer {
    this.#isChecking = true;
    try {
      const tx = this.#port.parseTransaction(bytes);
      const gasWanted = BigInt(transactionWork(tx));
      try {
        this.#port.submitTransaction(bytes);
      } catch (error) {
        if (!(error instanceof AivmError) || error.code !== 'already_known') throw error;
      }
      return { case: 'checkTx', value: create(ResponseCheckTxSchema, { gasWanted }) };
    } catch (error) {
      if (!(error instanceof AivmError)) throw error;
      const value = create(ResponseCheckTxSchema, {
        code: RESULT_CODES.refused,
        codespace: 'aivm',
        info: error.code,
        log: error.detail,
      });
      return { case: 'checkTx', value };
    } finally {
      this.#isChecking = false;
    }
  }

  /** `/state`: the value under a key of the last accepted state. Proofs come over HTTP, under `/state/:key/proof`. */
  #query({ path, data, height, prove }: RequestQuery): Answer {
    const { header } = this.#port.lastAccepted();
    const refuse = (log: string): Answer => ({
      case: 'query',
      value: create(ResponseQuerySchema, { code: RESULT_CODES.refused, codespace: 'aivm', log }),
    });
    if (path !== '/state') return refuse(`path ${JSON.stringify(path)}: expected /state`);
    if (prove) return refuse('prove: proofs come over HTTP, GET /state/:key/proof');
    if (height !== 0n && height !== BigInt(header.height)) {
      return refuse(`height ${height}: only the last one, ${header.height}, or 0`);
    }
    const value = this.#port.state().get(data);
    const found = create(ResponseQuerySchema, {
      key: data,
      value: value ?? new Uint8Array(0),
      height: BigInt(header.height),
      log: value === undefined ? 'nothing under this key' : '',
    });
    return { case: 'query', value: found };
  }
}
