import { struct } from '../../bytes/codec/composites.ts';
import { type Dimension, isSymbol } from '../model/dimension.ts';
import { copyElements } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, requireSpec } from './operator.ts';

type Attributes = Readonly<Record<never, unknown>>;

/**
 * Constants multiplied together between the symbols, as text: equal for two shapes exactly if each symbol keeps its
 * place, so that row t of a text stays row t.
 */
function signature(dims: readonly Dimension[]): string {
  const parts: (string | number)[] = [1];
  for (const length of dims) {
    if (isSymbol(length)) parts.push(length, 1);
    else parts.push((parts.pop() as number) * length);
  }
  return parts.join('·');
}

/** The same elements in the same order under other axes. */
export const reshape: Operator<Attributes> = moveElements<Attributes>({
  number: 28,
  attributes: struct('Reshape', {}),
  checkShape: (spec, input) => {
    const [from, to] = [signature(input.dims), signature(spec.output.dims)];
    requireSpec(from === to, spec, () => `has ${from} elements and writes ${to}; both must be the same`);
  },
  originOf: (_node, element) => ({ input: 0, element }),
  run: ({ output }, memory) => copyElements(memory.output, 0, memory.inputs[0]!, 0, output.count),
});
