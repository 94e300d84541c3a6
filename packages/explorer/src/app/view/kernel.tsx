import type { KernelRecompute } from '../judge/recompute-kernel.ts';
import { Badge } from './bits.tsx';

const Values = ({
  name,
  values,
  against,
  tone = 'differs',
}: {
  readonly name: string;
  readonly values: readonly number[];
  readonly against?: readonly number[] | undefined;
  /** How a value that differs is shown. */
  readonly tone?: 'differs' | 'right';
}) => (
  <div class="cells-row">
    <h3>{name}</h3>
    <ol class="cells">
      {values.map((value, i) => (
        <li key={i} class={against !== undefined && against[i] !== value ? tone : ''}>
          {value}
        </li>
      ))}
    </ol>
  </div>
);

/** An int8-kernel answer beside what this browser computes. */
export const KernelView = ({ recompute }: { readonly recompute: KernelRecompute }) => {
  const { input, posted, computed, isPostedRight, isClaimRight } = recompute;
  return (
    <div class="kernel">
      <Values name="Input" values={input} />
      <Values name="Posted by the provider" values={posted} against={computed} />
      <Values name="Computed here" values={computed} against={posted} tone="right" />
      <p class="verdict">
        <Badge tone={isPostedRight ? 'good' : 'bad'}>posted answer {isPostedRight ? 'right' : 'wrong'}</Badge>{' '}
        <Badge tone={isClaimRight ? 'good' : 'bad'}>
          challenger’s answer {isClaimRight ? 'right' : 'wrong'}
        </Badge>{' '}
        <span class="quiet">by kernel 5 over the task’s own weights, in this browser</span>
      </p>
    </div>
  );
};
