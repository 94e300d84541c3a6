import type { GpuCollateralStock } from '@aivm/core/attestation';
import type { KernelBackend } from '@aivm/core/kernels';
import type { AttestationVerifier } from '../../http/attestation-verifier.ts';
import type { DevelopmentSigner } from '../../http/development-signer.ts';
import type { NodeApi } from '../../local/node-api.ts';
import type { OpenNodeOptions } from '../../local/open-node.ts';
import type { Log } from '../../log.ts';
import type { Pace } from './pace.ts';

/** A web-standard request handler. */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

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

/** What a host is told to do. */
export const VMMessage = { pendingTransactions: 1, stateSyncDone: 2 } as const;
export type VMMessage = (typeof VMMessage)[keyof typeof VMMessage];

/** What runs the epoch kernels for this VM; released at shutdown. */
export interface AcceleratorSession {
  /** For logs and health: which backend is effective. */
  describe(): {
    readonly backend: string;
    /** none, cuda, hip, metal, vulkan or webgpu. */
    readonly effectiveBackendKind: string;
    readonly reason: string;
  };
  /** The engine to run the next block's kernel round on. */
  kernels(): KernelBackend;
  close(): void | Promise<void>;
}

/** What a VM is given by whoever wires it. */
export interface VMDependencies {
  readonly log?: Log;
  readonly nowMs?: () => number;
  readonly accelerator?: AcceleratorSession;
  /** Also given the verifier of attestations, and the signer of unsigned writes where there is one. */
  readonly createHttpHandler?: (
    api: NodeApi,
    parts: {
      readonly signer: DevelopmentSigner | undefined;
      readonly attestationVerifier: AttestationVerifier;
    },
  ) => HttpHandler;
  /** Default: the one over OpenSSL, without reference manifests. */
  readonly attestationVerifier?: AttestationVerifier;
  /** Manifests and lists that GPUs are held against by the default verifier. */
  readonly gpuCollateral?: GpuCollateralStock;
  readonly createDevelopmentSigner?: (api: NodeApi) => DevelopmentSigner;
}

/** What `initialize` takes beside what opening a node takes. */
export type InitializeOptions = OpenNodeOptions & {
  /** The network that the chain belongs to, where it belongs to one: its asset is the one that fees are paid in. */
  readonly networkId?: number;
  /** The id of the asset that fees are paid in. Default: the network's, or 32 zero bytes, the chain's own. */
  readonly assetId?: Uint8Array;
  /** `host`: the chain's host alone keeps the pace. Default: the chain's parameters. */
  readonly pace?: Pace | 'host';
};

/** Lets a call be given up. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}
