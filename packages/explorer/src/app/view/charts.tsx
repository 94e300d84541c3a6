/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
}

const WIDTH = 600;
const HEIGHT = 96;
const GAP = 0.22;

/** Bars over time, oldest at the left. `summary` says for those who do not see it what it shows. */
export function BarChart({
  bars,
  summary,
  slots = bars.length,
}: {
  readonly bars: readonly Bar[];
  readonly summary: string;
  /** Places for bars; those that are not there yet stay empty at the left. */
  readonly slots?: number;
}) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const step = WIDTH / Math.max(1, slots);
  const first = slots - bars.length;
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={summary}
    >
      <line class="axis" x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
      {bars.map(({ label, value }, i) => {
        const height = value === 0 ? 2 : Math.max(4, (value / most) * (HEIGHT - 8));
        return (
          <rect
            key={label}
            class={value === 0 ? 'bar none' : 'bar'}
            x={(first + i + GAP / 2) * step}
            y={HEIGHT - height}
            width={step * (1 - GAP)}
            height={height}
          >
            <title>{`${label}: ${value.toLocaleString('en')}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

/** How far something is, 0…1. */
export const Progress = ({ part, label }: { readonly part: number; readonly label: string }) => (
  <progress class="progress" max={1} value={Math.min(1, Math.max(0, part))} aria-label={label} />
);
