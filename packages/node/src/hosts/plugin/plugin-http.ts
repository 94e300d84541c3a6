import { errorFields, type Log } from '../../log.ts';
import { behindNode } from './behind-node.ts';
import type { PluginChain } from './plugin-chain.ts';

/** A node that ends kills its plugins after five seconds. */
const CLOSE_TIMEOUT_MS = 1_000;
const LIMITS = { closeTimeoutMs: CLOSE_TIMEOUT_MS };

/**
 * The plain HTTP servers of one chain: the one that its node passes requests on to, and the operator's own. What they need
 * is loaded with the first of them.
 */
export class PluginHttp {
  readonly #chain: PluginChain;
  readonly #log: Log;
  readonly #closers: (() => Promise<void>)[] = [];
  #behindNode: Promise<string> | undefined;

  constructor(chain: PluginChain, { log }: { readonly log: Log }) {
    this.#chain = chain;
    this.#log = log;
  }

  /** Listens where the chain's configuration says, if it does. A port that is taken is logged: the chain runs without it. */
  async serveOwn(): Promise<void> {
    const { http } = this.#chain.config;
    if (http === undefined) return;
    try {
      const handler = await this.#chain.handler();
      const { serveFetch } = await import('../../http/serve-http.ts');
      const server = await serveFetch(handler, { ...http, limits: LIMITS, takesUploads: true });
      this.#closers.push(server.close);
      this.#log.info({ url: server.url }, 'plugin: serves HTTP');
    } catch (error) {
      this.#log.error({ ...errorFields(error), ...http }, 'plugin: no HTTP of its own');
    }
  }

  /** The routes, as a node is told them. */
  async prefixes(): Promise<readonly string[]> {
    return (await import('./handler-routes.ts')).handlerPrefixes();
  }

  /** `127.0.0.1:port` of a server for a node that passes requests on; one, however often it is asked. */
  serveBehindNode(): Promise<string> {
    this.#behindNode ??= this.#serveBehindNode().catch((error: unknown) => {
      // There is no chain yet, for instance.
      this.#behindNode = undefined;
      throw error;
    });
    return this.#behindNode;
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  async #serveBehindNode(): Promise<string> {
    const options = { port: 0, limits: LIMITS, takesUploads: true, trustedProxies: ['127.0.0.1', '::1'] };
    const handler = behindNode(await this.#chain.handler());
    const { serveFetch } = await import('../../http/serve-http.ts');
    const { host, port, close } = await serveFetch(handler, options);
    this.#closers.push(close);
    return `${host}:${port}`;
  }
}
