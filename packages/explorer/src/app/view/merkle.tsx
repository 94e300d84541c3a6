import type { PathLevel, ReceiptPath } from '../judge/receipt-path.ts';
import { plural } from '../text/words.ts';
import { Hash } from './bits.tsx';

const Node = ({
  name,
  bytes,
  kind,
}: {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly kind: string;
}) => (
  <div class={`node ${kind}`}>
    <span class="node-name">{name}</span>
    <Hash bytes={bytes} />
  </div>
);

const Level = ({ level }: { readonly level: PathLevel }) => {
  const mine = (
    <Node key="mine" name={level.level === 0 ? 'receipt' : 'computed'} bytes={level.node} kind="mine" />
  );
  const other = (
    <Node
      key="other"
      name={level.isEmpty ? 'empty places' : 'given'}
      bytes={level.sibling}
      kind={level.isEmpty ? 'empty' : 'given'}
    />
  );
  return (
    <li class="level">
      <span class="level-number num">{level.level}</span>
      <div class="level-pair">{level.isRight ? [other, mine] : [mine, other]}</div>
    </li>
  );
};

/** The levels above which every sibling is empty: they are drawn as one. */
function lastTaken(levels: readonly PathLevel[]): number {
  return levels.reduce((last, { isEmpty, level }) => (isEmpty ? last : level), -1);
}

/** The way from a receipt to the root of the header, drawn: what was computed, and what the file gives. */
export const MerklePath = ({ path, count }: { readonly path: ReceiptPath; readonly count: number }) => {
  const { levels, root } = path;
  const taken = lastTaken(levels);
  const drawn = levels.slice(0, taken + 2);
  const left = levels.length - drawn.length;
  return (
    <ol class="merkle" aria-label="From the root down to the receipt">
      <li class="level root">
        <span class="level-number">root</span>
        <div class="level-pair">
          <Node name={`with the count of ${plural(count, 'receipt')}`} bytes={root} kind="mine" />
        </div>
      </li>
      {left === 0 ? null : (
        <li class="level skipped">
          <span class="level-number num">
            {drawn.length}…{levels.length - 1}
          </span>
          <p class="quiet">{plural(left, 'level')} more, beside places that no receipt has yet</p>
        </li>
      )}
      {[...drawn].reverse().map((level) => (
        <Level key={level.level} level={level} />
      ))}
    </ol>
  );
};
