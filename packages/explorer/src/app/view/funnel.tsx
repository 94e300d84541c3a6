import type { GameStep } from '@aivm/sdk';

interface Range {
  readonly first: number;
  readonly end: number;
}

const WIDTH = 320;
const BAR = 16;
const GAP = 40;
/** The least that a part of a bar is wide, so that one leaf of millions is seen. */
const SEEN_MIN = 3;

/** Where `inner` lies on a bar that shows `outer`. */
function placeOf(inner: Range, outer: Range): { readonly x: number; readonly width: number } {
  const scale = WIDTH / Math.max(1, outer.end - outer.first);
  const width = Math.max(SEEN_MIN, (inner.end - inner.first) * scale);
  return { x: Math.min((inner.first - outer.first) * scale, WIDTH - width), width };
}

/** The ranges in dispute, those only that are smaller than the one before. */
function rangesOf(steps: readonly GameStep[]): readonly Range[] {
  const ranges: Range[] = [{ first: 0, end: steps[0]?.leafCount ?? 1 }];
  for (const { firstLeaf, lastLeaf } of steps) {
    const outer = ranges.at(-1) as Range;
    if (lastLeaf + 1 - firstLeaf < outer.end - outer.first)
      ranges.push({ first: firstLeaf, end: lastLeaf + 1 });
  }
  return ranges;
}

/** What is in dispute, each bar a part of the one above it. */
export function Funnel({ steps }: { readonly steps: readonly GameStep[] }) {
  const ranges = rangesOf(steps);
  const height = ranges.length * BAR + (ranges.length - 1) * GAP;
  const last = ranges.at(-1) as Range;
  const summary = `From ${ranges[0]?.end} leaves of the trace down to ${last.end - last.first}, in ${ranges.length - 1} steps`;
  return (
    <svg class="funnel" viewBox={`-1 -1 ${WIDTH + 2} ${height + 2}`} role="img" aria-label={summary}>
      {ranges.map((range, i) => {
        const y = i * (BAR + GAP);
        const next = ranges[i + 1];
        const inner = next === undefined ? undefined : placeOf(next, range);
        const isEnd = next === undefined;
        return (
          <g key={`${range.first} ${range.end}`}>
            <rect class={isEnd ? 'funnel-end' : 'funnel-bar'} x="0" y={y} width={WIDTH} height={BAR} rx="4" />
            {inner === undefined ? null : (
              <>
                <rect class="funnel-part" x={inner.x} y={y} width={inner.width} height={BAR} rx="2" />
                <path
                  class="funnel-zoom"
                  d={`M${inner.x} ${y + BAR} L0 ${y + BAR + GAP} H${WIDTH} L${inner.x + inner.width} ${y + BAR} Z`}
                />
              </>
            )}
          </g>
        );
      })}
    </svg>
  );
}
