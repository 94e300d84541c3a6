import { AivmError, ErrNotInitialized } from '@aivm/core/errors';
import { type Genesis, genesisWarnings, isTeeModeIdle } from '@aivm/core/execute';
import { probeAccelerator, processAccelerator } from './accelerator.ts';
import { AnchorDeliveries } from './anchors/anchor-deliveries.ts';
import type { AnchorBackoff } from './anchors/anchor-delivery.ts';
import type { AnchorSink } from './anchors/anchor-sink.ts';
import { type AssembledNode, assembleNode } from './assembly/assemble-node.ts';
import { readCollateralFolder } from './attestation/collateral-folder.ts';
import { installCrypto } from './crypto/install-crypto.ts';
import { embeddedHost } from './hosts/embedded/embedded-host.ts';
import type { Host, HostDependencies, HostFactory } from './hosts/host.ts';
import type { AttestationVerifier } from './http/attestation-verifier.ts';
import type { HttpAppOptions } from './http/create-http-app.ts';
import { createDevelopmentSigner } from './http/development-signer.ts';
import type { HttpLimits } from './http/limits/http-limits.ts';
import { type HttpServer, serveHttp } from './http/serve-http.ts';
import type { StaticSite } from './http/static-site.ts';
import { copyData, type DataCopy } from './local/copy-data.ts';
import type { LocalNode } from './local/local-node.ts';
import { type KeptBlobs, openKeptBlobs } from './local/open-kept-blobs.ts';
import type { OpenNodeOptions } from './local/open-node.ts';
import { type Log, silentLog } from './log.ts';

/** Where a node listens. */
export interface NodeHttpOptions {
  /** Default 9650; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  readonly limits?: Partial<HttpLimits> | undefined;
  /** Addresses and subnets of proxies whose `Forwarded` or `X-Forwarded-For` says who asks. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The web app at `/explorer`. Default: none. */
  readonly explorer?: StaticSite | undefined;
}

/** What a node is made of. */
export type CreateNodeOptions = OpenNodeOptions & {
  /** Who is handed every anchor; closed with the node. */
  readonly anchorSinks?: readonly AnchorSink[] | undefined;
  /** How long to wait after a failed delivery. Default: 1 s, doubled up to 5 minutes. */
  readonly anchorBackoff?: AnchorBackoff | undefined;
  /** What orders the blocks. Default: `embeddedHost()`. `none`: blocks come through the node's port. */
  readonly host?: HostFactory | 'none' | undefined;
  /** Left out: the node does not listen. */
  readonly http?: NodeHttpOptions | undefined;
  /** Signs the Go service's unsigned writes with the development accounts. Never on a chain with value. Default false. */
  readonly hasDevelopmentAccounts?: boolean | undefined;
  /** Default: the one of this package, over the collateral of `collateralDir`. */
  readonly attestationVerifier?: AttestationVerifier | undefined;
  /** Folder of reference manifests (`.xml`) and revocation lists (`.crl`, `.der`) that GPUs are held against. */
  readonly collateralDir?: string | undefined;
  /** Bytes of weights of networks that the node keeps in all. Default 64 GiB; 0: it keeps none. */
  readonly blobBytesMax?: number | undefined;
  readonly log?: Log | undefined;
  /** Called once when the store failed and no block can be made any more. */
  readonly onFatal?: ((error: unknown) => void) | undefined;
};

/** A node that runs. */
export interface Node {
  /** What HTTP asks, in process. */
  readonly api: LocalNode;
  readonly attestationVerifier: AttestationVerifier;
  /** Undefined where the node does not listen. */
  readonly http: HttpServer | undefined;
  /**
   * Copies what the node keeps into a new data directory, as it is at the moment of the call, while it goes on.
   * @throws AivmError `not_supported` over a store that was brought, `data_dir_corrupt`, `store_unavailable`; the signal's reason
   */
  copyData(to: string, signal?: AbortSignal): Promise<DataCopy>;
  /** Takes no more requests, ends after the block in progress, flushes and closes. Idempotent. */
  close(): Promise<void>;
}

/** Opens the chain with this process's accelerator and, where they are asked for, collateral and a signer. */
function assemble(options: CreateNodeOptions, log: Log): Promise<AssembledNode> {
  const { hasDevelopmentAccounts = false, collateralDir } = options;
  const gpuCollateral = collateralDir === undefined ? undefined : readCollateralFolder(collateralDir);
  if (gpuCollateral !== undefined) {
    const { manifestCount, listCount } = gpuCollateral;
    log.info({ collateralDir, manifestCount, listCount }, 'collateral');
  }
  return assembleNode({
    ...options,
    log,
    accelerator: processAccelerator(),
    gpuCollateral,
    isDevelopment: hasDevelopmentAccounts,
    createDevelopmentSigner: hasDevelopmentAccounts ? (node) => createDevelopmentSigner({ node }) : undefined,
  });
}

/**
 * Says what a chain cannot do by its genesis. An idle TEE mode is the default permissioned configuration and nothing to
 * worry a development chain with, unless its genesis names an authority and so means to attest.
 */
function warnOfGenesis(genesis: Genesis, log: Log): void {
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
 * `port_in_use`, `not_found` or `malformed` for the collateral folder, or why the host does not start; nothing stays open
 * then, except for a store that the caller brought when the chain does not open.
 * @example const node = await createNode({ genesis, dataDir: './data', http: { port: 0 } }); … await node.close();
 */
export async function createNode(options: CreateNodeOptions): Promise<Node> {
  const { log = silentLog, onFatal, anchorSinks = [], anchorBackoff } = options;
  const crypto = installCrypto();
  log.info({ keccak256: crypto.keccak256, secp256k1: crypto.secp256k1, reasons: crypto.reasons }, 'crypto');
  probeAccelerator(log);
  const assembled = await assemble(options, log);
  const { node, attestationVerifier, httpParts } = assembled;
  warnOfGenesis(assembled.genesis, log);
  const deliveries = new AnchorDeliveries(anchorSinks, node.config, {
    outbox: node.anchors,
    log,
    backoff: anchorBackoff,
  });
  const makeHost = options.host === 'none' ? undefined : (options.host ?? embeddedHost());
  const host = await openHost(makeHost, assembled, { log, onFatal });
  node.addHealthPart(() => ({
    healthy: true,
    details: { keccak256: crypto.keccak256, secp256k1: crypto.secp256k1 },
  }));
  node.addHealthPart(() => host?.health() ?? { healthy: true, details: { host: 'none' } });
  node.addHealthPart(() => deliveries.health());
  let kept: KeptBlobs | undefined;
  const closeChain = async (): Promise<void> => {
    await host?.stop();
    await deliveries.stop();
    await kept?.close();
    await assembled.close(new ErrNotInitialized('the node is shutting down'));
  };
  const openHttp = async (): Promise<HttpServer | undefined> => {
    if (options.http !== undefined) kept = await openKeptBlobs({ ...options, node, log });
    return listen(options.http, {
      ...httpParts,
      blobs: kept?.store,
      upstream: host?.upstream,
      development: host?.development,
    });
  };
  const http = await openHttp().catch(async (error: unknown) => {
    await closeChain();
    throw error;
  });
  const close = async (): Promise<void> => {
    await http?.close();
    await closeChain();
  };
  try {
    await host?.start();
  } catch (error) {
    await close();
    throw error;
  }
  deliveries.start();
  let closing: Promise<void> | undefined;
  const { dataDir } = options;
  return {
    api: node,
    attestationVerifier,
    http,
    copyData: async (to, signal) => {
      if (dataDir === undefined) throw new AivmError('not_supported', 'a node over a store that was brought');
      return copyData({ store: assembled.store, dataDir }, to, signal);
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** @throws AivmError why there is no such host; the chain is closed then. */
async function openHost(
  makeHost: HostFactory | undefined,
  { node, close }: AssembledNode,
  dependencies: HostDependencies,
): Promise<Host | undefined> {
  try {
    return makeHost?.(node.port, dependencies);
  } catch (error) {
    await close(new ErrNotInitialized('the node has no host'));
    throw error;
  }
}

async function listen(
  http: NodeHttpOptions | undefined,
  parts: AssembledNode['httpParts'] & Pick<HttpAppOptions, 'blobs' | 'development' | 'upstream'>,
): Promise<HttpServer | undefined> {
  return http === undefined ? undefined : serveHttp({ ...parts, ...http });
}
