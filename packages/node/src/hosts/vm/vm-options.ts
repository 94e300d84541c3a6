import type { AssemblyParts } from '../../assembly/assemble-node.ts';
import type { FetchHandler } from '../../http/serve-http.ts';
import type { OpenNodeOptions } from '../../local/open-node.ts';
import type { Pace } from './pace.ts';

/** A web-standard request handler. */
export type HttpHandler = FetchHandler;

/** The states of a VM in the numbers of its hosts. */
export const VMState = {
  unknown: 0,
  starting: 1,
  syncing: 2,
  bootstrapping: 3,
  ready: 4,
  degraded: 5,
  stopping: 6,
  stopped: 7,
} as const;

/** What a host is asked to do. */
export const VMMessage = { pendingTransactions: 1, stateSyncDone: 2 } as const;
export type VMMessage = (typeof VMMessage)[keyof typeof VMMessage];

/** What a VM is created with. Its accelerator is closed at shutdown. */
export interface VMDependencies extends AssemblyParts {
  readonly nowMs?: (() => number) | undefined;
}

/** What `initialize` takes beside what opening a node takes. */
export type InitializeOptions = OpenNodeOptions & {
  /** The network that the chain belongs to, where it belongs to one: its asset is the one that fees are paid in. */
  readonly networkId?: number | undefined;
  /** The id of the asset that fees are paid in. Default: the network's, or 32 zero bytes, the chain's own. */
  readonly assetId?: Uint8Array | undefined;
  /** Proxies whose `Forwarded` or `X-Forwarded-For` says who asks over HTTP: the host, where it passes requests on. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** `host`: the chain's host alone keeps the pace. Default: the chain's parameters. */
  readonly pace?: Pace | 'host' | undefined;
};

/** Lets a call be given up. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}
