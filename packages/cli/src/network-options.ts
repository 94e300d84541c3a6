import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ComputeBackend, NetworkEngine, NetworkSource, WorkerNode } from '@aivm/worker';
import type { Command } from 'commander';
import type { CliContext } from './cli-context.ts';
import { integerOption } from './option-parsers.ts';

const MIB = 2 ** 20;
const MEMORY_MIB_MAX = 2 ** 20;
const TRACE_MIB = 1_024;
const WEIGHTS_MIB = 2_048;

/** Options of every command that runs the networks of int8-graph models. */
export interface NetworkOptions {
  readonly cacheDir?: string;
  readonly traceMemory: number;
  readonly weightMemory: number;
}

/** Adds where weights are kept, and what memory networks may take. */
export const withNetworks = (command: Command): Command =>
  command
    .option('--cache-dir <dir>', 'where weights of networks are kept; ~/.cache/aivm when left out')
    .option(
      '--weight-memory <mib>',
      'MiB of weights in memory',
      integerOption(1, MEMORY_MIB_MAX),
      WEIGHTS_MIB,
    )
    .option(
      '--trace-memory <mib>',
      'MiB of traces in memory; a network whose trace is larger is not served or judged',
      integerOption(1, MEMORY_MIB_MAX),
      TRACE_MIB,
    );

/** Bytes of traces that the options allow. */
export const traceBytesOf = ({ traceMemory }: NetworkOptions): number => traceMemory * MIB;

/** What choosing an engine depends on, and who is told. */
export interface EngineSurroundings extends Pick<CliContext, 'env'> {
  /** Told which engine runs networks and why not a faster one, and once if the faster one gives way. */
  readonly note?: (line: string) => void;
}

/** The fastest engine for networks on this machine: the native one where it is built. */
export async function openNetworkEngine({ env, note }: EngineSurroundings): Promise<NetworkEngine> {
  const { chooseNetworkEngine } = await import('@aivm/backends');
  const { engine, reason } = chooseNetworkEngine({
    environment: env,
    ...(note === undefined ? {} : { onRefusal: (message) => note(`networks: ${message}`) }),
  });
  note?.(`networks run on ${reason}`);
  return engine;
}

/** Loads networks over a node, on the engine of this machine where no other one is given. */
export async function openNetworks(
  options: NetworkOptions,
  node: WorkerNode,
  surroundings: EngineSurroundings,
  engine?: NetworkEngine,
): Promise<NetworkSource> {
  const { createBlobCache, createNetworkSource } = await import('@aivm/worker');
  const directory =
    options.cacheDir ?? join(surroundings.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'aivm');
  return createNetworkSource({
    node,
    engine: engine ?? (await openNetworkEngine(surroundings)),
    blobs: createBlobCache(node, directory),
    memoryBytesMax: options.weightMemory * MIB,
  });
}

/** A backend that also runs networks, where it is the one for integer models. */
export async function withNetworkBackend(
  backend: ComputeBackend,
  networks: NetworkSource | undefined,
): Promise<ComputeBackend> {
  if (networks === undefined) return backend;
  const { combineBackends, createNetworkBackend } = await import('@aivm/worker');
  return combineBackends([backend, createNetworkBackend({ networks, nowMs: () => performance.now() })]);
}
