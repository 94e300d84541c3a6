import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createHashTree, type HashTree, parseNetworkHeader } from '@aivm/core/network';
import type { TaskFacts, WorkerNode } from '../worker-node.ts';
import type { BlobCache } from './blob-cache.ts';
import type { LoadedNetwork, NetworkEngine } from './network-engine.ts';

/** A network that is ready to run, with what a witness of its weights takes. */
export interface ReadyNetwork {
  readonly network: LoadedNetwork;
  readonly blob: Uint8Array;
  /** The tree over the blob, made when it is first asked for. */
  readonly blobTree: () => HashTree;
}

/** Which network, as the state proves it of a task or a model. */
export type NetworkName = Pick<TaskFacts, 'modelRoot' | 'weightHash'>;

/** Networks by the roots that tasks bind. */
export interface NetworkSource {
  /** @throws AivmError `not_found` where the state has no such network, or with the node's code for its blob */
  get(name: NetworkName, signal: AbortSignal): Promise<ReadyNetwork>;
}

export interface NetworkSourceOptions {
  readonly node: Pick<WorkerNode, 'proveNetworkHeader'>;
  readonly engine: NetworkEngine;
  readonly blobs: BlobCache;
  /** Bytes of weights in memory [2 GiB]; a network above it is refused, those used longest ago make room. */
  readonly memoryBytesMax?: number;
}

const MEMORY_BYTES_MAX: number = 2 ** 31;

/** Loads networks as they are asked for and keeps as many as memory is given. */
export function createNetworkSource({
  node,
  engine,
  blobs,
  memoryBytesMax = MEMORY_BYTES_MAX,
}: NetworkSourceOptions): NetworkSource {
  const ready = new Map<string, Promise<ReadyNetwork>>();
  const sizes = new Map<string, number>();
  const load = async (key: string, name: NetworkName, signal: AbortSignal): Promise<ReadyNetwork> => {
    const bytes = await node.proveNetworkHeader(name.modelRoot);
    if (bytes === undefined)
      throw new AivmError(
        'not_found',
        `network 0x${bytesToHex(name.modelRoot)}: the state has no such header`,
      );
    const header = parseNetworkHeader(bytes);
    if (header.blobBytes > memoryBytesMax)
      throw new AivmError(
        'too_large',
        `weights: ${header.blobBytes} bytes; this worker holds ${memoryBytesMax}`,
      );
    sizes.set(key, header.blobBytes);
    makeRoom(key);
    const blob = await blobs.get({ hash: name.weightHash, size: header.blobBytes }, signal);
    let tree: HashTree | undefined;
    return {
      network: engine.load(header, blob),
      blob,
      blobTree: () => {
        tree ??= createHashTree({ name: 'Blob', rows: 0 }, [blob]);
        return tree;
      },
    };
  };
  const forget = (key: string): void => {
    ready.delete(key);
    sizes.delete(key);
  };
  const makeRoom = (wanted: string): void => {
    const used = (): number => [...sizes.values()].reduce((total, size) => total + size, 0);
    for (const key of ready.keys()) {
      if (used() <= memoryBytesMax) return;
      if (key !== wanted) forget(key);
    }
  };
  return {
    get: (name, signal) => {
      const key = `${bytesToHex(name.modelRoot)}|${bytesToHex(name.weightHash)}`;
      const known = ready.get(key);
      const loading =
        known ??
        load(key, name, signal).catch((error: unknown) => {
          forget(key);
          throw error;
        });
      // The one that was used last is forgotten last.
      ready.delete(key);
      ready.set(key, loading);
      return loading;
    },
  };
}
