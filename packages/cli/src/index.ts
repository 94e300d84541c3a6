/**
 * What a package needs to add a command: the private packages of this repository (the demo, the simulator) add theirs
 * this way, so that `aivm` does not depend on them.
 */
export {
  type CliContext,
  createCommand,
  EXIT_INTERRUPTED,
  EXIT_REFUSED,
  InterruptedError,
  outputFor,
  throwIfInterrupted,
  UsageError,
} from './cli-context.ts';
export { type RunningCluster, type StartClusterOptions, startCluster } from './cluster/start-cluster.ts';
export { openNetworkEngine, openNetworks } from './network-options.ts';
export { type RunningNode, startNode } from './node/start-node.ts';
export { durationOption, integerOption } from './option-parsers.ts';
export { formatTable, type Output } from './output.ts';
export { readWdbcRows, type WdbcRow } from './wdbc-data.ts';
