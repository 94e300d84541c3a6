import { genesisWarnings, isTeeModeIdle } from '@aivm/core/execute';
import { probeAccelerator, processAccelerator } from './accelerator.ts';
import { AnchorDeliveries } from './anchors/anchor-deliveries.ts';
import type { AnchorBackoff } from './anchors/anchor-delivery.ts';
import type { AnchorSink } from './anchors/anchor-sink.ts';
import { readCollateralFolder } from './attestation/collateral-folder.ts';
import { installCrypto } from './crypto/install-crypto.ts';
import { EmbeddedHost, type EmbeddedHostOptions } from './hosts/embedded/embedded-host.ts';
import { VM } from './hosts/vm/vm.ts';
import type { AttestationVerifier } from './http/attestation-verifier.ts';
import { createHttpApp } from './http/create-http-app.ts';
import { createDevelopmentSigner } from './http/development-signer.ts';
import type { HttpLimits } from './http/limits/http-limits.ts';
import { type HttpServer, serveHttp } from './http/serve-http.ts';
import type { LocalNode } from './local/local-node.ts';
import { type OpenNodeOptions, readGenesis } from './local/open-node.ts';
import { type Log, silentLog } from './log.ts';

/** Where a node listens. */
export interface NodeHttpOptions {
  /** Default 9650; 0 takes a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly limits?: Partial<HttpLimits>;
  /** Addresses and subnets of proxies whose `Forwarded` or `X-Forwarded-For` says who asks. Default: none. */
  readonly trustedProxies?: readonly string[];
}

/** What a node is made of. */
export type CreateNodeOptions = OpenNodeOptions & {
  /** Who is handed every anchor; closed with the node. */
  readonly anchorSinks?: readonly AnchorSink[];
  /** How long to wait after a failed delivery. Default: 1 s, doubled up to 5 minutes. */
  readonly anchorBackoff?: AnchorBackoff;
  /** Default: by interval, at the chain's minBlockInterval. `none`: blocks come from elsewhere. */
  readonly host?: EmbeddedHostOptions | 'none';
  /** Left out: the node does not listen. */
  readonly http?: NodeHttpOptions;
  /** Signs the Go service's unsigned writes with the development accounts. Never on a chain with value. Default false. */
  readonly hasDevelopmentAccounts?: boolean;
  /** Default: the one of this package, over the collateral of `collateralDir`. */
  readonly attestationVerifier?: AttestationVerifier;
  /** Folder of reference manifests (`.xml`) and revocation lists (`.crl`, `.der`) that GPUs are held against. */
  readonly collateralDir?: string;
  readonly log?: Log;
  /** Called once when the store failed and no block can be made any more. */
  readonly onFatal?: (error: unknown) => void;
};

/** A node that runs. */
export interface Node {
  /** What HTTP asks, in process. */
  readonly api: LocalNode;
  readonly vm: VM;
  /** Undefined where the node does not listen. */
  readonly http: HttpServer | undefined;
  /** Takes no more requests, ends after the block in progress, flushes and closes. Idempotent. */
  close(): Promise<void>;
}

/** A VM with the process's accelerator, HTTP handlers and, where it is asked for, a signer. */
function createVM(options: CreateNodeOptions): VM {
  const { log = silentLog, hasDevelopmentAccounts = false, attestationVerifier, collateralDir } = options;
  const gpuCollateral = collateralDir === undefined ? undefined : readCollateralFolder(collateralDir);
  if (gpuCollateral !== undefined) {
    const { manifestCount, listCount } = gpuCollateral;
    log.info({ collateralDir, manifestCount, listCount }, 'collateral');
  }
  return new VM({
    log,
    ...(attestationVerifier === undefined ? {} : { attestationVerifier }),
    ...(gpuCollateral === undefined ? {} : { gpuCollateral }),
    accelerator: processAccelerator(),
    ...(hasDevelopmentAccounts
      ? { createDevelopmentSigner: (node) => createDevelopmentSigner({ node }) }
      : {}),
    createHttpHandler: (node, { signer, ...parts }) => {
      const app = createHttpApp({ node, log, ...parts, ...(signer === undefined ? {} : { signer }) });
      return (request) => app.fetch(request);
    },
  });
}

/**
 * Says what a chain cannot do by its genesis. An idle TEE mode is the default permissioned configuration and nothing to
 * worry a development chain with, unless its genesis names an authority and so means to attest.
 */
function warnOfGenesis(options: CreateNodeOptions, log: Log): void {
  const genesis = readGenesis(options.genesis, options.config);
  for (const warning of genesisWarnings(genesis)) log.warn({ warning }, 'genesis');
  if (!isTeeModeIdle(genesis)) return;
  const { params, attestation } = genesis;
  const warning =
    'attestation.policy.measurements: lists no processor; in TEE mode no answer will be usable before its window ends';
  const isMeant = !params.development || attestation.testRoots.length > 0;
  log[isMeant ? 'warn' : 'info']({ warning }, 'genesis');
}

/**
 * Opens a chain, orders its blocks and serves it: the one place where a node is put together.
 * @throws AivmError `data_dir_locked`, `data_dir_corrupt`, `data_dir_foreign`, `store_unavailable`, `config_refused`,
 * `port_in_use`, `not_found` or `malformed` for the collateral folder; nothing stays open then, a store that the caller brought aside.
 * @example const node = await createNode({ genesis, dataDir: './data', http: { port: 0 } }); … await node.close();
 */
export async function createNode(options: CreateNodeOptions): Promise<Node> {
  const { log = silentLog } = options;
  const crypto = installCrypto();
  log.info({ keccak256: crypto.keccak256, secp256k1: crypto.secp256k1, reasons: crypto.reasons }, 'crypto');
  probeAccelerator(log);
  const vm = createVM(options);
  let host: EmbeddedHost | undefined;
  const cryptoHealth = () => ({
    healthy: true,
    details: { keccak256: crypto.keccak256, secp256k1: crypto.secp256k1 },
  });
  const hostHealth = () => host?.health() ?? { healthy: true, details: { host: 'none' } };
  let deliveries: AnchorDeliveries | undefined;
  const anchorHealth = () => deliveries?.health() ?? { healthy: true, details: {} };
  await vm.initialize({
    ...options,
    pace: 'host',
    healthParts: [...(options.healthParts ?? []), cryptoHealth, hostHealth, anchorHealth],
    anchorSinkStatus: () => deliveries?.status() ?? [],
  });
  const api = vm.node();
  warnOfGenesis(options, log);
  deliveries = createDeliveries(options, api);
  host = createHost(options, api);
  const http = await listen(options, api, vm);
  host?.start();
  deliveries.start();
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await http?.close();
    await host?.stop();
    await deliveries?.stop();
    await vm.shutdown();
  };
  return {
    api,
    vm,
    http,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function createDeliveries(
  { anchorSinks = [], anchorBackoff, log }: CreateNodeOptions,
  { anchors, config }: LocalNode,
): AnchorDeliveries {
  return new AnchorDeliveries(anchorSinks, config, {
    outbox: anchors,
    ...(log === undefined ? {} : { log }),
    ...(anchorBackoff === undefined ? {} : { backoff: anchorBackoff }),
  });
}

function createHost({ host, log, onFatal }: CreateNodeOptions, port: LocalNode): EmbeddedHost | undefined {
  if (host === 'none') return undefined;
  const byDefault = { mode: 'interval', blockTimeMs: Math.max(1, port.params.minBlockIntervalMs) } as const;
  return new EmbeddedHost(host ?? byDefault, {
    port,
    ...(log === undefined ? {} : { log }),
    ...(onFatal === undefined ? {} : { onFatal }),
  });
}

async function listen(options: CreateNodeOptions, node: LocalNode, vm: VM): Promise<HttpServer | undefined> {
  const { http, log = silentLog } = options;
  if (http === undefined) return undefined;
  const signer = vm.developmentSigner();
  try {
    return await serveHttp({
      node,
      log,
      ...http,
      ...(signer === undefined ? {} : { signer }),
      attestationVerifier: vm.attestationVerifier(),
    });
  } catch (error) {
    await vm.shutdown();
    throw error;
  }
}
