import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { CheckClass } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';

/** An opaque model of somebody's own, which only those serve who name it. */
export const ownModel = (id: string): OperationOf<'registerModel'> => ({
  kind: 'registerModel',
  id,
  name: id,
  modelType: 'test',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: CheckClass.opaque,
  deterministic: true,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: keccak256(utf8ToBytes(id)),
  licenseRoot: ZERO_32,
});
