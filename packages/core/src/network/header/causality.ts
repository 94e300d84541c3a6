import { isSymbol } from '../model/dimension.ts';
import { showTensor, type TensorSpec } from '../model/tensor.ts';
import { type Operator, type OperatorSpec, requireSpec } from '../operators/operator.ts';

const symbolCount = ({ dims }: TensorSpec): number => dims.filter(isSymbol).length;

/**
 * In a decoder, row t of every tensor follows from tokens 0 … t alone. Otherwise the token after a prompt would depend on
 * the ones that follow it, no text would agree with its own trace, and an honest provider could be convicted. So rows meet
 * each other in masked attention only: a tensor of queries × keys is read by operators that keep the mask, and no other
 * operator combines an axis that counts rows. (`scores`, `exp`, `attnout` and `matmul` check their own part.)
 */
export function requireCausal(spec: OperatorSpec<unknown>, operator: Operator<unknown>): void {
  if (spec.form !== 'decoder') return;
  for (const [input, tensor] of spec.inputs.entries()) {
    requireSpec(
      symbolCount(tensor) < 2 || operator.keepsCausalMask === true,
      spec,
      () => `reads ${showTensor(tensor)} (input ${input}); in a decoder only masked attention may`,
    );
  }
  const first = spec.inputs[0];
  if (first === undefined || operator.combinesLastAxis !== true || symbolCount(first) >= 2) return;
  requireSpec(
    !isSymbol(first.dims[first.dims.length - 1]!),
    spec,
    () => `combines the rows of ${showTensor(first)}; in a decoder a row must not depend on later ones`,
  );
}
