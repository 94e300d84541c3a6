import { utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { type Log, silentLog } from '../../log.ts';
import { type Plugin, type PluginEnd, PluginLife, type PluginOptions, watchNode } from '../plugin/plugin.ts';
import type { PluginChain } from '../plugin/plugin-chain.ts';
import { PluginHttp } from '../plugin/plugin-http.ts';
import { wireErrorText } from '../plugin/wire-error.ts';
import { CALLS, type Call, INITIALIZE, SHUTDOWN } from './lux-calls.ts';
import { handshake, LUX_PROTOCOL_VERSION } from './lux-handshake.ts';
import { BodyReader } from './zap-body.ts';
import { encodeFrame, type Frame } from './zap-frames.ts';
import { type ZapConnection, ZapServer } from './zap-server.ts';

const OK = 0x80;
const FAILED = 0xc0;
/** How long a node may take to open a connection, while none drives the chain. */
const CONNECTION_MS = 60_000;

/** Answers of the plugin to the frames of a node. The connection that initializes the chain drives it; no other may. */
class LuxPlugin implements Plugin {
  readonly #chain: PluginChain;
  readonly #log: Log;
  readonly #server: ZapServer;
  readonly #http: PluginHttp;
  readonly #life: PluginLife;
  readonly #stopWatching: () => void;
  #engine: ZapConnection | undefined;
  #address = '';
  #lonely: NodeJS.Timeout | undefined;

  constructor({ chain, log = silentLog, watch }: PluginOptions) {
    this.#chain = chain;
    this.#log = log;
    this.#http = new PluginHttp(chain, { log });
    this.#life = new PluginLife(() => this.#close(), { log });
    this.#server = new ZapServer(
      {
        answer: (frame, connection) => this.#answer(frame, connection),
        refuse: (frame, detail) => failure(frame, detail),
        closed: (connection) => this.#closed(connection),
      },
      { log },
    );
    this.#stopWatching = watchNode(() => this.#nodeIsGone(), watch);
  }

  get address(): string {
    return this.#address;
  }

  get ended(): Promise<PluginEnd> {
    return this.#life.ended;
  }

  async listen(): Promise<void> {
    this.#address = await this.#server.listen();
    this.#expectNode();
  }

  /** A node that never comes, or comes no more, has ended. */
  #expectNode(): void {
    clearTimeout(this.#lonely);
    this.#lonely = setTimeout(() => this.#nodeIsGone(), CONNECTION_MS);
    this.#lonely.unref();
  }

  stop(): Promise<void> {
    return this.#life.end('stopped');
  }

  #nodeIsGone(): void {
    void this.#life.end('node-gone');
  }

  async #close(): Promise<void> {
    this.#stopWatching();
    clearTimeout(this.#lonely);
    await this.#chain.shutdown();
    await this.#http.close();
    await this.#server.stop();
  }

  #closed(connection: ZapConnection): void {
    if (this.#life.isEnding) return;
    if (connection === this.#engine) this.#nodeIsGone();
    else if (this.#engine === undefined) this.#expectNode();
  }

  async #answer(frame: Frame, connection: ZapConnection): Promise<Frame | undefined> {
    clearTimeout(this.#lonely);
    const { type, requestId } = frame;
    if (type >= OK) {
      this.#log.warn({ type, requestId }, 'plugin: an answer to nothing that was asked');
      return undefined;
    }
    const call = CALLS.get(type);
    if (call === undefined) {
      this.#log.warn({ type, requestId }, 'plugin: a message of an unknown type');
      return failure(frame, `not_supported: message type ${type}`);
    }
    try {
      const body = await this.#run(call, frame, connection);
      const answer = { type: type | OK, requestId, body };
      // What no frame carries must be known before it is promised.
      encodeFrame(answer);
      return answer;
    } catch (error) {
      return failure(frame, wireErrorText(error, this.#log, call.name));
    }
  }

  async #run(call: Call, { type, body }: Frame, connection: ZapConnection): Promise<Uint8Array> {
    const isFirst = this.#engine === undefined && type === INITIALIZE;
    if (isFirst) this.#engine = connection;
    if (call.drives && this.#engine !== undefined && this.#engine !== connection) {
      this.#log.warn({ call: call.name }, 'plugin: a second connection wants to drive the chain');
      throw new AivmError('forbidden', `${call.name}: another connection drives this chain`);
    }
    // After the answer is written, which happens in the turn in which it is there.
    const shutDown = (): void => void setImmediate(() => void this.#life.end('shutdown'));
    if (type === SHUTDOWN) void this.#chain.shutdown().then(shutDown, shutDown);
    try {
      const answer = await call.answer(new BodyReader(body, call.name), {
        chain: this.#chain,
        signal: connection.signal,
        serveHandlers: async () => ({
          prefixes: await this.#http.prefixes(),
          address: await this.#http.serveBehindNode(),
        }),
      });
      if (isFirst) await this.#http.serveOwn();
      return answer;
    } catch (error) {
      if (type === INITIALIZE) this.#log.error({ error: String(error) }, 'plugin: the chain does not start');
      if (isFirst) this.#engine = undefined;
      throw error;
    }
  }
}

const failure = ({ type, requestId }: Frame, detail: string): Frame => ({
  type: type | FAILED,
  requestId,
  body: utf8ToBytes(detail),
});

/**
 * Serves a chain to a Lux node over ZAP: listens on loopback, tells the node where, and answers it until it says Shutdown
 * or is gone.
 * @throws AivmError `unreachable` when the node takes neither address nor protocol.
 */
export async function startLuxPlugin(options: PluginOptions): Promise<Plugin> {
  const plugin = new LuxPlugin(options);
  await plugin.listen();
  const { engineAddress, protocolVersion = LUX_PROTOCOL_VERSION, log = silentLog } = options;
  if (engineAddress === undefined) return plugin;
  try {
    await handshake({ engineAddress, address: plugin.address, protocolVersion });
  } catch (error) {
    await plugin.stop();
    throw error;
  }
  log.info({ address: plugin.address, protocolVersion }, 'plugin: a Lux node takes it');
  return plugin;
}
