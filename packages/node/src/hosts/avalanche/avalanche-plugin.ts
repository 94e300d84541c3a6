import { AivmError } from '@aivm/core/errors';
import { type Log, silentLog } from '../../log.ts';
import { behindNode } from '../plugin/behind-node.ts';
import { type Plugin, type PluginEnd, PluginLife, type PluginOptions, watchNode } from '../plugin/plugin.ts';
import type { PluginChain } from '../plugin/plugin-chain.ts';
import { PluginHttp } from '../plugin/plugin-http.ts';
import { Health } from './generated/health_pb.ts';
import { HTTP } from './generated/http_pb.ts';
import { VM } from './generated/vm_pb.ts';
import { GrpcServer, type GrpcSession } from './grpc-server.ts';
import { handleSimple } from './handle-simple.ts';
import { AVALANCHE_PROTOCOL_VERSION, registerWithNode } from './runtime-client.ts';
import { createVMService } from './vm-service.ts';

/** gRPC's `SERVING`. */
const SERVING = 1;
/** How long a node may be without a connection; it opens a new one when one was lost. */
const CONNECTION_MS = 60_000;
/** Calls of `vm.VM` that drive nothing. */
const FREE_CALLS: ReadonlySet<string> = new Set(['Version']);

/** Answers of the plugin to the calls of a node. The connection that initializes the chain drives it while it is open. */
class AvalanchePlugin implements Plugin {
  readonly #chain: PluginChain;
  readonly #log: Log;
  readonly #server: GrpcServer;
  readonly #http: PluginHttp;
  readonly #life: PluginLife;
  readonly #stopWatching: () => void;
  #driver: GrpcSession | undefined;
  #isInitialized = false;
  #address = '';
  #lonely: NodeJS.Timeout | undefined;

  constructor({ chain, log = silentLog, watch }: PluginOptions) {
    this.#chain = chain;
    this.#log = log;
    this.#http = new PluginHttp(chain, { log });
    this.#life = new PluginLife(() => this.#close(), { log });
    const service = createVMService({
      chain,
      address: () => this.#address,
      prefixes: () => this.#http.prefixes(),
      onInitialized: (error) => this.#initialized(error),
      // After the answer is written.
      onShutdown: () => setImmediate(() => void this.#life.end('shutdown')),
    });
    this.#server = new GrpcServer({
      log,
      admit: (call) => this.#admit(call),
      onSessions: (count, closed) => this.#count(count, closed),
      routes: (router) => {
        router.service(VM, service);
        router.service(Health, {
          check: async () => ({ status: SERVING }),
          async *watch(_request, { signal }) {
            yield { status: SERVING };
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          },
        });
        router.service(HTTP, {
          handleSimple: async (request) => {
            const { code, headers, body } = await handleSimple(request, behindNode(await chain.handler()));
            return { code, headers: [...headers], body };
          },
        });
      },
    });
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
    this.#count(0, undefined);
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

  async #initialized(error: unknown): Promise<void> {
    if (error === undefined) {
      this.#isInitialized = true;
      await this.#http.serveOwn();
      return;
    }
    this.#log.error({ error: String(error) }, 'plugin: the chain does not start');
    if (!this.#isInitialized) this.#driver = undefined;
  }

  #count(count: number, closed: GrpcSession | undefined): void {
    clearTimeout(this.#lonely);
    if (closed !== undefined && closed === this.#driver) this.#driver = undefined;
    if (count > 0 || this.#life.isEnding) return;
    this.#lonely = setTimeout(() => this.#nodeIsGone(), CONNECTION_MS);
    this.#lonely.unref();
  }

  /** One connection drives the chain. Where it was lost, the next one that asks does: nodes connect again by themselves. */
  #admit({ service, method, session }: { service: string; method: string; session: GrpcSession }): void {
    if (service !== VM.typeName || FREE_CALLS.has(method)) return;
    if (this.#driver === undefined && (this.#isInitialized || method === 'Initialize'))
      this.#driver = session;
    if (this.#driver === undefined || this.#driver === session) return;
    this.#log.warn({ call: method }, 'plugin: a second connection wants to drive the chain');
    throw new AivmError('forbidden', `${method}: another connection drives this chain`);
  }
}

/**
 * Serves a chain to an Avalanche node over gRPC: listens on loopback, tells the node where, and answers it until it says
 * Shutdown or is gone.
 * @throws AivmError `unreachable` when the node takes neither address nor protocol.
 */
export async function startAvalanchePlugin(options: PluginOptions): Promise<Plugin> {
  const plugin = new AvalanchePlugin(options);
  await plugin.listen();
  const { engineAddress, protocolVersion = AVALANCHE_PROTOCOL_VERSION, log = silentLog } = options;
  if (engineAddress === undefined) return plugin;
  try {
    await registerWithNode({ engineAddress, address: plugin.address, protocolVersion });
  } catch (error) {
    await plugin.stop();
    throw error;
  }
  log.info({ address: plugin.address, protocolVersion }, 'plugin: an Avalanche node takes it');
  return plugin;
}
