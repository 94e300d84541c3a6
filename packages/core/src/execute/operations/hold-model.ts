import { equalBytes } from '../../bytes/bytes.ts';
import { AivmError, assert, requireThat } from '../../errors/aivm-error.ts';
import { LEAF_SIZE, rootOfLeaves } from '../../network/index.ts';
import { readModel, readNetwork } from '../../state/read.ts';
import type { ModelRecord } from '../../state/records/model.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { blockIdWithin } from '../attestation/recent-blocks.ts';
import type { BlockContext } from '../context/block-context.ts';
import { modelClassOf } from '../models/model-classes.ts';
import { challengedLeaf, holdBlob, isSameHolding } from '../providers/held-blobs.ts';
import { ownProvider, requireActive, requireUnconvicted } from '../providers/own-provider.ts';

type HoldModel = OperationOf<'holdModel'>;

function heldModel(context: BlockContext, { model: id, weightHash }: HoldModel): ModelRecord {
  const model = readModel(context.state, id);
  if (model === undefined) throw new AivmError('unknown_model', `model "${id}" is not registered`);
  requireThat(
    modelClassOf(model).weights === 'held',
    'not_supported',
    () => `model "${id}": only blobs of int8-graph models are held`,
  );
  requireThat(
    equalBytes(model.weightHash, weightHash),
    'wrong_state',
    () => `weightHash: model "${id}" has other weights now`,
  );
  return model;
}

/** The opened leaf must be the one that a recent block chose, and lead to the weight hash. */
function checkOpening(context: BlockContext, operation: HoldModel, model: ModelRecord): void {
  const { holdNonceBlocks } = context.params;
  const { nonceHeight, weightHash, provider, leaf, siblings } = operation;
  const blockId = blockIdWithin(context, nonceHeight, holdNonceBlocks);
  if (blockId === undefined)
    throw new AivmError(
      'too_late',
      `nonceHeight: ${nonceHeight}; in block ${context.height} it must be one of the last ${holdNonceBlocks} heights`,
    );
  const network = readNetwork(context.state, model.modelRoot);
  assert(network !== undefined, 'a held model without its network');
  const { blobBytes } = network;
  const index = challengedLeaf(blockId, { weightHash, blobBytes, provider });
  requireThat(
    leaf.length === LEAF_SIZE,
    'malformed',
    () => `leaf: ${leaf.length} bytes; it has ${LEAF_SIZE}`,
  );
  const root = rootOfLeaves({ name: 'Blob', byteLength: blobBytes, rows: 0 }, [index], leaf, siblings);
  requireThat(
    equalBytes(root, weightHash),
    'malformed',
    () => `leaf, siblings: they do not open leaf ${index} of the blob of model "${model.id}"`,
  );
}

/** Puts a provider into the list of those that hold a blob. */
export function processHoldModel(context: BlockContext, sender: Uint8Array, operation: HoldModel): void {
  const provider = ownProvider(context, sender, operation.provider);
  requireActive(provider);
  requireUnconvicted(context, provider);
  const model = heldModel(context, operation);
  requireThat(
    !provider.holds.some((held) => isSameHolding(held, model)),
    'duplicate',
    () => `provider "${provider.id}" holds the blob of model "${model.id}"`,
  );
  const { maxHeldModels } = context.params;
  requireThat(
    provider.holds.length < maxHeldModels,
    'provider_limit',
    () => `provider "${provider.id}" holds ${maxHeldModels} blobs, as many as it may`,
  );
  checkOpening(context, operation, model);
  holdBlob(context, provider, model);
  context.events.push({ kind: 'provider', provider: provider.id, change: 'holds' });
}
