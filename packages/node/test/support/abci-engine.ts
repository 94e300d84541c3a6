import { connect, type Socket } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { encodeFrame, FrameReader } from '../../src/hosts/abci/frames.ts';
import {
  type Request,
  RequestSchema,
  type Response,
  type ResponseFinalizeBlock,
  ResponseSchema,
} from '../../src/hosts/abci/generated/abci_pb.ts';

type Call = Exclude<Request['value'], { case: undefined }>;
type Answer = Exclude<Response['value'], { case: undefined }>;
type Fields<N extends Call['case']> = Omit<Partial<Extract<Call, { case: N }>['value']>, '$typeName'>;
type AnswerTo<N extends Call['case']> = Extract<Answer, { case: N }>['value'];

/** Where an address of the server leads to. */
export const socketTo = (address: string): Socket => {
  if (address.startsWith('unix://')) return connect({ path: address.slice('unix://'.length) });
  const { hostname, port } = new URL(address.replace('tcp:', 'http:'));
  return connect({ host: hostname, port: Number(port) });
};

/** One connection of an engine: calls in order, each followed by a flush, as CometBFT does it. */
export class EngineConnection {
  readonly socket: Socket;
  readonly #reader = new FrameReader();
  readonly #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  #end: Error | undefined;

  constructor(address: string) {
    this.socket = socketTo(address);
    this.socket.on('data', (chunk) => {
      for (const message of this.#reader.push(chunk)) {
        const { value } = fromBinary(ResponseSchema, message);
        if (value.case === undefined) throw new Error('an answer of an unknown kind');
        if (value.case === 'exception') this.#fail(new Error(value.value.error));
        else this.#waiting.shift()?.resolve(value);
      }
    });
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('close', () => this.#fail(new Error('the connection is closed')));
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#end);
  }

  #send(value: Call): Promise<Answer> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.socket.write(encodeFrame(toBinary(RequestSchema, create(RequestSchema, { value }))));
    return answer;
  }

  /** Asks, flushes, and gives the answer. @throws Error with the text of an exception. */
  async call<N extends Call['case']>(name: N, fields: Fields<N>): Promise<AnswerTo<N>> {
    const call = create(RequestSchema, { value: { case: name, value: fields } as never }).value as Call;
    const [answer, flush] = await Promise.all([this.#send(call), this.#send(flushCall())]);
    if (answer.case !== name || flush.case !== 'flush') throw new Error(`${name} answered by ${answer.case}`);
    return answer.value as AnswerTo<N>;
  }

  close(): void {
    this.socket.destroy();
  }
}

const flushCall = (): Call =>
  create(RequestSchema, { value: { case: 'flush', value: {} } as never }).value as Call;

const timeOf = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 5 }) as never;
const NO_ROOM_LIMIT = 1n << 40n;

/** What plays CometBFT: the four connections, the handshake, and blocks one after the other. */
export class TestEngine {
  readonly query: EngineConnection;
  readonly consensus: EngineConnection;
  readonly mempool: EngineConnection;
  readonly snapshot: EngineConnection;

  constructor(address: string) {
    this.query = new EngineConnection(address);
    this.consensus = new EngineConnection(address);
    this.mempool = new EngineConnection(address);
    this.snapshot = new EngineConnection(address);
  }

  info() {
    return this.query.call('info', {
      version: '0.38.0',
      blockVersion: 11n,
      p2pVersion: 8n,
      abciVersion: '2.0.0',
    });
  }

  initChain(seconds: number, fields: Fields<'initChain'> = {}) {
    const chain = { chainId: 'test', initialHeight: 1n, time: timeOf(seconds), ...fields };
    return this.consensus.call('initChain', chain);
  }

  /** As CometBFT when it starts: asks where the application is, begins the chain where it is nowhere. */
  async handshake(genesisSeconds: number): Promise<bigint> {
    const { lastBlockHeight } = await this.info();
    if (lastBlockHeight === 0n) await this.initChain(genesisSeconds);
    return lastBlockHeight;
  }

  prepare(height: number, seconds: number, txs: readonly Uint8Array[], maxTxBytes = NO_ROOM_LIMIT) {
    const fields = { height: BigInt(height), time: timeOf(seconds), txs: [...txs], maxTxBytes };
    return this.consensus.call('prepareProposal', fields);
  }

  async process(height: number, seconds: number, txs: readonly Uint8Array[]): Promise<boolean> {
    const fields = { height: BigInt(height), time: timeOf(seconds), txs: [...txs] };
    const { status } = await this.consensus.call('processProposal', fields);
    if (status !== 1 && status !== 2) throw new Error(`status ${status}: CometBFT panics`);
    return status === 1;
  }

  finalize(height: number, seconds: number, txs: readonly Uint8Array[]): Promise<ResponseFinalizeBlock> {
    const fields = { height: BigInt(height), time: timeOf(seconds), txs: [...txs] };
    return this.consensus.call('finalizeBlock', fields);
  }

  commit() {
    return this.consensus.call('commit', {});
  }

  checkTx(tx: Uint8Array) {
    return this.mempool.call('checkTx', { tx, type: 0 });
  }

  /** One whole height: proposed by this node, accepted by it, decided, committed. */
  async decide(height: number, seconds: number, txs: readonly Uint8Array[]): Promise<ResponseFinalizeBlock> {
    const proposal = await this.prepare(height, seconds, txs);
    if (!(await this.process(height, seconds, proposal.txs)))
      throw new Error('a node refuses its own proposal');
    const finalized = await this.finalize(height, seconds, proposal.txs);
    await this.commit();
    return finalized;
  }

  close(): void {
    for (const connection of [this.query, this.consensus, this.mempool, this.snapshot]) connection.close();
  }
}
