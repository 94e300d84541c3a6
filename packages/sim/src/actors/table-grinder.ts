import { utf8ToBytes, ZERO_32 } from '@aivm/core/bytes';
import { keccak256 } from '@aivm/core/crypto';
import { hashModel } from '@aivm/core/execute';
import { firstProbe } from '@aivm/core/kernels';
import { CheckClass } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { type Identity, identityOf } from '../world/identity.ts';
import type { Actor } from './actor.ts';

/** The largest table, and what one region of it takes before it refuses. */
const SLOT_MASK = 2 ** 17 - 1;
const REGION_SLOTS = 32;
const MODELS = 50;

const modelOf = (id: string): OperationOf<'registerModel'> => ({
  kind: 'registerModel',
  id,
  name: 'Collision',
  modelType: 'test',
  capabilities: [],
  contextSize: 0,
  parameters: '0',
  checkClass: CheckClass.opaque,
  deterministic: false,
  header: new Uint8Array(),
  weights: new Uint8Array(),
  weightHash: keccak256(utf8ToBytes('collision')),
  licenseRoot: ZERO_32,
});

const ground = new Map<string, readonly string[]>();

/** Ids whose roots fall into the first region; about 4,096 tries for each, made once a process. */
function grindIds(owner: Identity): readonly string[] {
  const known = ground.get(owner.hex);
  if (known !== undefined) return known;
  const ids: string[] = [];
  for (let attempt = 0; ids.length < MODELS; attempt++) {
    const id = `g.${attempt}`;
    const { modelRoot } = hashModel(owner.address, modelOf(id));
    if (firstProbe(modelRoot, 0, SLOT_MASK) < REGION_SLOTS) ids.push(id);
  }
  ground.set(owner.hex, ids);
  return ids;
}

/**
 * Grinds model roots whose places in the kernels' table collide, so that probing gets long or a registration stops a
 * kernel round. The chain must refuse the root that is one too many, and every round must go through.
 */
export function tableGrinder(name: string): Actor {
  const me = identityOf(`grinder/${name}`);
  let next = 0;
  return {
    kind: 'table-grinder',
    isHonest: false,
    identities: [me],
    act(view) {
      if (view.isDraining || next >= MODELS) return;
      const id = grindIds(me)[next];
      if (id === undefined) return;
      const code = view.submit(me, modelOf(id));
      if (code === '' || code === 'table_full') next += 1;
      view.note(code === '' ? 'collide' : `collide-${code}`);
    },
  };
}
