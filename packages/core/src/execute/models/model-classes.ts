import { assert } from '../../errors/aivm-error.ts';
import type { OperationOf } from '../../tx/operations/operations.ts';
import { int8Graph } from './int8-graph.ts';
import { int8Kernel } from './int8-kernel.ts';
import type { ModelClass, ModelHashes } from './model-class.ts';
import { opaque } from './opaque.ts';

/** Every class of models that this version can judge. A row stands at the place of its number. */
const MODEL_CLASSES = [opaque, int8Kernel, int8Graph] as const satisfies readonly ModelClass[];

/** Name of a class in genesis files, over HTTP and on the command line. */
export type ModelClassName = (typeof MODEL_CLASSES)[number]['name'];

/** The names of all classes, each at the place of its number. */
export const MODEL_CLASS_NAMES = MODEL_CLASSES.map(
  ({ name }) => name,
) as readonly ModelClassName[] as readonly [ModelClassName, ...ModelClassName[]];

/** A row of the table. */
export type KnownModelClass = ModelClass & { readonly name: ModelClassName };

/** The class with this number; undefined if there is none. */
export const findModelClass = (number: number): KnownModelClass | undefined => MODEL_CLASSES[number];

/** The class of a model or task that is in the state. */
export function modelClassOf({ checkClass }: { readonly checkClass: number }): KnownModelClass {
  const found = findModelClass(checkClass);
  assert(found !== undefined, `class ${checkClass} is not in the table of model classes`);
  return found;
}

/** The two hashes that a registration by `owner` gives its model. */
export const hashModel = (owner: Uint8Array, operation: OperationOf<'registerModel'>): ModelHashes =>
  modelClassOf(operation).hashModel(owner, operation);

/** The class with this name; undefined if there is none. */
export const modelClassNamed = (name: unknown): KnownModelClass | undefined =>
  MODEL_CLASSES.find((row) => row.name === name);
