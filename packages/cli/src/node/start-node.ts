import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createExplorerSite } from '@aivm/explorer';
import { type AnchorSink, createNode, type HostFactory, type Log, silentLog, storeError } from '@aivm/node';
import { openAdminSocket } from './admin-socket.ts';
import { writeBackup } from './backup.ts';
import { claimDataDirectory } from './directory-identity.ts';
import { keepGenesis } from './genesis-file.ts';
import type { NodeLimits } from './limit-options.ts';

/** A node in this process. */
export interface RunningNode {
  /** With the base path, e.g. http://127.0.0.1:9650/rpc */
  readonly url: string;
  /** Address of the explorer in a browser. */
  readonly explorerUrl: string;
  readonly chainId: bigint;
  /** 32 bytes. */
  readonly genesisHash: Uint8Array;
  /** Id of the genesis block, with 0x. */
  readonly genesisBlock: string;
  /** Rejects when the store failed and no block can be made any more. */
  readonly failed: Promise<never>;
  /** Idempotent. */
  stop(): Promise<void>;
}

/** How a node starts. */
export interface StartNodeOptions {
  /** JSON text. */
  readonly genesis: string;
  /** Keeps the genesis and the database. */
  readonly dataDirectory: string;
  /** Goes on from a copied data directory. */
  readonly adopt?: boolean | undefined;
  readonly port: number;
  readonly listenOn?: string;
  /** The host makes no blocks of its own, so that a copied directory is no second chain. */
  readonly follows?: boolean;
  /** By interval at the chain's own pace when left out. */
  readonly host?: HostFactory | undefined;
  /** Signs unsigned writes with the development accounts and limits nobody's requests. */
  readonly isDevelopment: boolean;
  /** Folder of what GPUs are held against; none when left out. */
  readonly collateralDirectory?: string;
  /** Proxies whose forwarding headers say who asks: addresses and subnets. */
  readonly trustedProxies?: readonly string[];
  /** Bounds of requests and of the pool that differ from the defaults. */
  readonly limits?: NodeLimits;
  /** Blocks between two snapshots; 0, the default: none is taken. */
  readonly snapshotEvery?: number;
  readonly log?: Log;
  /** Who is handed every anchor. */
  readonly anchorSinks?: readonly AnchorSink[];
}

/** Opens the chain, makes blocks and serves it. @throws AivmError `port_in_use`, `data_dir_*`, `config_refused`. */
export async function startNode(options: StartNodeOptions): Promise<RunningNode> {
  const { dataDirectory, genesis, port, host, isDevelopment, log = silentLog } = options;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  await claimDataDirectory(dataDirectory, {
    adopt: options.adopt === true,
    follows: options.follows === true,
  });
  await keepGenesis(dataDirectory, genesis);
  const node = await createNode({
    dataDir: dataDirectory,
    genesis,
    http: {
      port,
      host: options.listenOn,
      limits: { ...(isDevelopment ? { requestsPerSecond: 0 } : {}), ...options.limits?.http },
      trustedProxies: options.trustedProxies,
      explorer: createExplorerSite(),
    },
    mempool: options.limits?.mempool ?? {},
    hasDevelopmentAccounts: isDevelopment,
    log,
    onFatal: (cause) => fail(storeError(dataDirectory, cause)),
    host,
    collateralDir: options.collateralDirectory,
    anchorSinks: options.anchorSinks,
    snapshots: { everyBlocks: options.snapshotEvery ?? 0 },
  });
  const url = node.http?.url;
  if (url === undefined) throw new Error('a node that was told to listen does not');
  const admin = await openAdminSocket(
    dataDirectory,
    {
      backup: async (body, signal) => {
        const { to } = body as { readonly to?: unknown };
        if (typeof to !== 'string') throw new AivmError('malformed', 'to: expected a path');
        log.info({ to }, 'backup begins');
        const manifest = await writeBackup(dataDirectory, to, (part) => node.copyData(part, signal));
        log.info({ to, height: manifest.height, bytes: manifest.bytes }, 'backup taken');
        return manifest;
      },
    },
    log,
  );
  return {
    url,
    explorerUrl: url.replace(/rpc$/, 'explorer/'),
    chainId: node.api.chainId,
    genesisHash: node.api.genesisHash,
    genesisBlock: `0x${bytesToHex(node.api.blocks.getBlockId(0) ?? new Uint8Array(0))}`,
    failed,
    stop: async () => {
      await admin.close();
      await node.close();
    },
  };
}
