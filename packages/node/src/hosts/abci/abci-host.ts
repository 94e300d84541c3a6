import type { Transaction } from '@aivm/core/tx';
import type { Health } from '../../health.ts';
import { silentLog } from '../../log.ts';
import type { Host, HostDependencies, HostFactory, HostPort } from '../host.ts';
import { Version, versionText } from '../vm/version.ts';
import { AbciServer } from './abci-server.ts';
import type { AnchorSigner } from './anchor-votes.ts';
import { NodeApplication } from './application.ts';
import { EngineRpc } from './engine-rpc.ts';
import { TransactionForwarder } from './transaction-forwarder.ts';

export interface AbciHostOptions {
  /** Where CometBFT finds the application, its `proxy_app`: `tcp://127.0.0.1:26658` or `unix:///run/aivm.sock`. */
  readonly listen: string;
  /** CometBFT's RPC, to which transactions of this node's pool are passed on. Left out: only this node proposes them. */
  readonly rpcUrl?: string | undefined;
  /** The keys with which this validator signs anchors; none by default, and then it signs none. */
  readonly anchorSigners?: readonly AnchorSigner[] | undefined;
}

/** CometBFT orders the blocks of a node, over ABCI 2.0. */
export class AbciHost implements Host {
  readonly kind = 'cometbft';
  readonly #server: AbciServer;
  readonly #application: NodeApplication;
  readonly #forwarder: TransactionForwarder | undefined;
  readonly #port: HostPort;
  #stopListening: (() => void) | undefined;

  /** @throws AivmError `malformed` for an address. */
  constructor(
    options: AbciHostOptions,
    { port, ...dependencies }: HostDependencies & { readonly port: HostPort },
  ) {
    const { log = silentLog, nowMs = Date.now, onFatal = () => undefined } = dependencies;
    this.#port = port;
    const application = new NodeApplication({
      port,
      log,
      version: versionText(Version),
      anchorSigners: options.anchorSigners ?? [],
      onEngine: () => this.#passAllOn(),
    });
    this.#application = application;
    this.#server = new AbciServer({
      listen: options.listen,
      log,
      application: {
        answer: async (call, connection) => {
          try {
            return await application.answer(call, connection);
          } catch (error) {
            if (port.failure !== undefined) onFatal(port.failure);
            throw error;
          }
        },
        closed: (connection) => application.closed(connection),
      },
    });
    if (options.rpcUrl === undefined) return;
    this.#forwarder = new TransactionForwarder({
      rpc: new EngineRpc(options.rpcUrl),
      log,
      nowMs,
      isPending: (tx) => port.isPending(tx.id),
    });
  }

  /** Where CometBFT finds it. */
  get address(): string {
    return this.#server.address;
  }

  async start(): Promise<void> {
    this.#stopListening = this.#port.onTransaction((tx) => this.#passOn(tx));
    await this.#server.start();
  }

  async stop(): Promise<void> {
    this.#stopListening?.();
    await this.#forwarder?.stop();
    await this.#server.stop();
  }

  health(): Health {
    const { hasEngine } = this.#application;
    const { waiting = 0, passedOn = 0, failuresInARow = 0 } = this.#forwarder?.counts ?? {};
    return {
      healthy: hasEngine && failuresInARow === 0,
      details: {
        host: this.kind,
        engine_connected: hasEngine,
        engine_connections: this.#server.connections,
        transactions_passed_on: passedOn,
        transactions_to_pass_on: waiting,
      },
    };
  }

  #passOn(tx: Transaction): void {
    // The engine asked about this one, so it has it.
    if (!this.#application.isChecking) this.#forwarder?.add(tx);
  }

  /** An engine that was started again has forgotten what waited. */
  #passAllOn(): void {
    for (const tx of this.#port.candidates()) this.#forwarder?.add(tx);
  }
}

/**
 * The factory of hosts for CometBFT v0.38.
 * @example await createNode({ genesis, dataDir, host: abciHost({ listen: 'unix:///run/aivm.sock', rpcUrl: 'http://127.0.0.1:26657' }) });
 */
export const abciHost =
  (options: AbciHostOptions): HostFactory =>
  (port, dependencies) =>
    new AbciHost(options, { port, ...dependencies });
