import { loadNetwork } from './load-network.ts';
import type { NetworkEngine } from './network-engine.ts';
import { runReference } from './run-operator.ts';

/** The engine that every other one is held against: the operators of core, in TypeScript. */
export function createReferenceEngine(): NetworkEngine {
  return { name: 'reference', load: (header, blob) => loadNetwork(header, blob, () => runReference) };
}
