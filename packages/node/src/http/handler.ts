import type { RouteAnswer, RouteName, Routes, RouteValue } from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';
import type { Log } from '../log.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { AttestationVerifier } from './attestation-verifier.ts';
import type { DevelopmentControls } from './development-controls.ts';
import type { DevelopmentSigner } from './development-signer.ts';
import type { TransactionUpstream } from './transaction-upstream.ts';

/** What handlers work with. */
export interface HandlerContext {
  readonly node: NodeApi;
  /** For what goes wrong and fails no request. */
  readonly log: Log;
  /** Only on a node with development accounts. */
  readonly signer?: DevelopmentSigner | undefined;
  readonly attestationVerifier?: AttestationVerifier | undefined;
  /** Undefined where the node keeps no blobs. */
  readonly blobs?: BlobStore | undefined;
  /** Only on a node that orders no transactions by itself. */
  readonly upstream?: TransactionUpstream | undefined;
  /** Only on a development chain. */
  readonly development?: DevelopmentControls | undefined;
  readonly renderMetrics: () => Promise<string>;
}

/** One request, checked against the contract. */
export interface HandlerCall<N extends RouteName> {
  readonly params: RouteValue<Routes[N], 'params'>;
  readonly query: RouteValue<Routes[N], 'query'>;
  readonly body: RouteValue<Routes[N], 'body'>;
  /** Charges the client for work that the request asks for beyond itself; 1 is what a request costs. */
  readonly charge: (cost: number) => void;
  /** Aborted when the client is gone or the server closes. */
  readonly signal: AbortSignal;
}

export type Handler<N extends RouteName> = (
  call: HandlerCall<N>,
  context: HandlerContext,
) => RouteAnswer<Routes[N]> | Promise<RouteAnswer<Routes[N]>>;

/** A handler for each of the named routes. */
export type Handlers<N extends RouteName> = { readonly [K in N]: Handler<K> };

/** Handlers of some routes; the table in handlers.ts holds all. */
export type SomeHandlers = Partial<Handlers<RouteName>>;
