import { struct } from '../../bytes/codec/composites.ts';
import { requireOutputDims } from './checks.ts';
import { copyElements } from './elements.ts';
import { moveElements } from './moved-elements.ts';
import { type Operator, type OperatorNode, requireSpec } from './operator.ts';

type Attributes = Readonly<Record<never, unknown>>;

/** Elements of the rows before the tail. */
const skipped = ({ inputs, output }: OperatorNode<Attributes>): number => inputs[0]!.count - output.count;

/** The last N of T rows: those from which the posted tokens follow. */
export const tail: Operator<Attributes> = moveElements<Attributes>({
  number: 27,
  attributes: struct('Tail', {}),
  checkShape: (spec, input) => {
    requireSpec(spec.form === 'decoder', spec, () => 'stands in a network that is no decoder and has no N');
    requireSpec(input.dims[0] === 'T', spec, () => `axis 0 of the input is ${input.dims[0]}; it must be T`);
    requireOutputDims(spec, ['N', ...input.dims.slice(1)]);
  },
  originOf: (node, element) => ({ input: 0, element: element + skipped(node) }),
  run: (node, { inputs, output }) => copyElements(output, 0, inputs[0]!, skipped(node), node.output.count),
});
