import type { GpuCollateralStock } from '@aivm/core/attestation';
import type { AivmError } from '@aivm/core/errors';
import type { KernelBackend } from '@aivm/core/kernels';
import { createAttestationVerifier } from '../attestation/create-attestation-verifier.ts';
import type { AttestationVerifier } from '../http/attestation-verifier.ts';
import type { HttpAppOptions } from '../http/create-http-app.ts';
import type { DevelopmentSigner } from '../http/development-signer.ts';
import type { NodeApi } from '../local/node-api.ts';
import { type OpenedNode, type OpenNodeOptions, openNode } from '../local/open-node.ts';
import { type Log, silentLog } from '../log.ts';

/** What runs the epoch kernels of a node; released by the code that opened it. */
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

/** What a node is given besides its chain. */
export interface AssemblyParts {
  readonly log?: Log | undefined;
  readonly accelerator?: AcceleratorSession | undefined;
  /** Default: the one over OpenSSL, with `gpuCollateral`. */
  readonly attestationVerifier?: AttestationVerifier | undefined;
  /** Manifests and lists that GPUs are held against by the default verifier. Default: none. */
  readonly gpuCollateral?: GpuCollateralStock | undefined;
  /** Makes the signer of the Go service's unsigned writes. Default: nobody signs. */
  readonly createDevelopmentSigner?: ((api: NodeApi) => DevelopmentSigner) | undefined;
}

/** A node with everything that serves it. */
export interface AssembledNode extends OpenedNode {
  readonly signer: DevelopmentSigner | undefined;
  readonly attestationVerifier: AttestationVerifier;
  /** What `createHttpApp` and `serveHttp` take of this node. */
  readonly httpParts: Pick<HttpAppOptions, 'node' | 'log' | 'signer' | 'attestationVerifier'>;
  /** Ends every wait with `reason`, lets the write in progress finish, and closes the store. */
  close(reason: AivmError): Promise<void>;
}

/**
 * Opens a chain and puts together what serves it: the one way to a node, for `createNode` and for the VM façade.
 * @throws AivmError as `openNode`; a store that the caller brought stays open then.
 */
export async function assembleNode(options: OpenNodeOptions & AssemblyParts): Promise<AssembledNode> {
  const { accelerator, log = silentLog, gpuCollateral } = options;
  const kernels = accelerator && { kernels: () => accelerator.kernels() };
  const opened = await openNode({ ...options, engine: { ...kernels, ...options.engine } });
  const { node, store, genesis } = opened;
  if (accelerator !== undefined) {
    node.addHealthPart(() => {
      const { backend, effectiveBackendKind } = accelerator.describe();
      return {
        healthy: true,
        details: { kernel_backend: backend, effective_backend_kind: effectiveBackendKind },
      };
    });
  }
  const signer = options.createDevelopmentSigner?.(node);
  const attestationVerifier =
    options.attestationVerifier ?? createAttestationVerifier({ node, stock: gpuCollateral });
  const { backend = 'none', reason = '' } = accelerator?.describe() ?? {};
  log.info(
    {
      chainId: genesis.chainId.toString(),
      height: node.lastAccepted().header.height,
      store: store.kind,
      durable: store.durable,
      kernelBackend: backend,
      kernelBackendReason: reason,
    },
    'chain is open',
  );
  return {
    ...opened,
    signer,
    attestationVerifier,
    httpParts: { node, log, signer, attestationVerifier },
    close: async (reason) => {
      await node.close(reason);
      await store.close();
    },
  };
}
