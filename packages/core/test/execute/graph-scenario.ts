import { openLeaves } from '@aivm/core/network';
import { readModel } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { challengedLeaf } from '../../src/execute/providers/held-blobs.ts';
import {
  createHashTree,
  type NetworkHeader,
  type NetworkInput,
  serializeNetworkHeader,
} from '../../src/network/index.ts';
import { Random } from '../network/support/random.ts';
import { randomHeader, randomTask } from '../network/support/random-graph.ts';
import { BOND, registerModel, registerProvider, submitTask, ZERO_HASH } from './scenario.ts';
import { type Person, person, TestChain } from './test-chain.ts';

export const owner: Person = person(30);
export const requester: Person = person(31);
export const watchers: readonly Person[] = Array.from({ length: 20 }, (_, i) => person(60 + i));
/** Operators of providers that hold the blob. */
export const holders: readonly Person[] = [person(40), person(41), person(42), person(43)];
export const everybody: readonly Person[] = [owner, requester, ...watchers, ...holders];

/** Windows of 10 blocks, answers within 3; bonds stay as long as the longest game. */
export const GRAPH_GENESIS = {
  config: { challengeWindowBlocks: 10, taskTimeout: '9s', maxProvidersPerNode: 2 },
  params: { moveBlocks: 4, reserveBlocks: 6, unbondBlocks: 3_000 },
} as const;

export const FEE = 1_000_000_000n;

/** A network with weights. */
export interface Model {
  readonly header: NetworkHeader;
  readonly blob: Uint8Array;
  readonly tree: ReturnType<typeof createHashTree>;
}

export function modelOf(header: NetworkHeader, blob: Uint8Array): Model {
  return { header, blob, tree: createHashTree({ name: 'Blob', rows: 0 }, [blob]) };
}

export const registerGraph = (
  id: string,
  { header, tree }: Model,
  more: Partial<OperationOf<'registerModel'>> = {},
): OperationOf<'registerModel'> =>
  registerModel(id, {
    checkClass: 2,
    deterministic: true,
    header: serializeNetworkHeader(header),
    weightHash: tree.root,
    licenseRoot: ZERO_HASH,
    ...more,
  });

/** Says that a provider holds a blob, with the leaf that the parent of the next block chose. */
export function holdModel(
  chain: TestChain,
  provider: string,
  model: string,
  { blob, tree }: Model,
): OperationOf<'holdModel'> {
  const weightHash = readModel(chain.state, model)?.weightHash ?? ZERO_HASH;
  const leaf = challengedLeaf(chain.tip.id, { weightHash, blobBytes: blob.length, provider });
  const bytes = new Uint8Array(128);
  bytes.set(blob.subarray(leaf * 128, leaf * 128 + 128));
  return {
    kind: 'holdModel',
    provider,
    model,
    weightHash,
    nonceHeight: chain.height,
    leaf: bytes,
    siblings: openLeaves(tree, [leaf]),
  };
}

/** A chain with one network, registered and held by every holder. */
export function chainWithGraph(model: Model, genesis: Record<string, unknown> = GRAPH_GENESIS): TestChain {
  const chain = new TestChain(genesis, everybody);
  chain.must(owner, registerGraph('net', model));
  const registered = holders.map((by, i) => chain.sign(by, registerProvider(by, `p${i}`, { bond: BOND })));
  chain.mine(registered);
  chain.mine(holders.map((by, i) => chain.sign(by, holdModel(chain, `p${i}`, 'net', model))));
  for (const { code } of chain.last.outcomes) if (code !== '') throw new Error(`holdModel: ${code}`);
  return chain;
}

/** Bytes of a task's input: the map's own, or the tokens of the prompt. */
export function inputBytes(header: NetworkHeader, input: NetworkInput, promptLength: number): Uint8Array {
  if (header.form === 'map') return input.bytes;
  return new Uint8Array(Uint32Array.from(input.tokens.subarray(0, promptLength)).buffer);
}

export const submitGraph = (id: string, input: Uint8Array, more: Partial<OperationOf<'submitTask'>> = {}) =>
  submitTask(id, { model: 'net', input, fee: FEE, ...more });

/** A random network of one form, with random weights and a random task. */
export function randomModel(seed: number, form: NetworkHeader['form'], length = 6) {
  for (let more = 0; ; more++) {
    const random = new Random(seed * 1_000 + more);
    const header = randomHeader(random, length);
    if (header.form !== form) continue;
    const { network, input, blob } = randomTask(random, header);
    return { random, network, input, model: modelOf(header, blob) };
  }
}
