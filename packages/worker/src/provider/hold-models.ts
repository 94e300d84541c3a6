import { equalBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { challengedLeaf } from '@aivm/core/execute';
import { openLeaves } from '@aivm/core/network';
import type { NetworkSource } from '../network/network-source.ts';
import { retryTransient } from '../transient.ts';
import type { ProvenModel } from '../worker-node.ts';
import type { ProviderRun } from './provider-run.ts';

const LEAF_SIZE = 128;

/** Says of each network that this provider holds its weights, once they are on this machine. */
export async function holdModels(
  ids: readonly string[],
  run: ProviderRun,
  networks: NetworkSource,
): Promise<void> {
  for (const id of ids) {
    const model = await retryTransient(() => run.node.proveModel(id), run.retry);
    if (run.retry.signal.aborted) return;
    if (model?.checkClass !== 'int8-graph')
      throw new AivmError(
        'unknown_model',
        `model "${id}": ${model === undefined ? 'not registered' : 'no network'}`,
      );
    await retryTransient(() => holdModel(model, run, networks), run.retry);
  }
}

async function holdModel(model: ProvenModel, run: ProviderRun, networks: NetworkSource): Promise<void> {
  const { identity, node, sender, retry, report } = run;
  const { id: provider } = identity;
  const { weightHash } = model;
  const { blob, blobTree } = await networks.get(model, retry.signal);
  const known = await node.proveProvider(provider);
  const isHeld = known?.holds.some(
    (held) => equalBytes(held.modelRoot, model.modelRoot) && equalBytes(held.weightHash, weightHash),
  );
  if (isHeld === true) {
    report({ kind: 'holding', provider, model: model.id });
    return;
  }
  const tree = blobTree();
  // The id of this block chooses which leaf proves it; a holder of nothing could not know it before.
  const { height: nonceHeight, id: block } = await node.proveHead();
  const index = challengedLeaf(block, { weightHash, provider, blobBytes: blob.length });
  const leaf = new Uint8Array(LEAF_SIZE);
  leaf.set(blob.subarray(index * LEAF_SIZE, (index + 1) * LEAF_SIZE));
  const siblings = openLeaves(tree, [index]);
  const operation = {
    kind: 'holdModel',
    provider,
    model: model.id,
    weightHash,
    nonceHeight,
    leaf,
    siblings,
  } as const;
  try {
    await sender.send(operation, retry);
  } catch (error) {
    if (!(error instanceof AivmError) || error.code !== 'duplicate') throw error;
  }
  report({ kind: 'holding', provider, model: model.id });
}
