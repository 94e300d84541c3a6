/** Labels of one value. */
export type Labels = Readonly<Record<string, string>>;

type Reading = readonly [labels: Labels, value: number];

interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly read: () => readonly Reading[];
}

const escapeLabel = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

function line(name: string, [labels, value]: Reading): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

/** Counters and gauges as Prometheus reads them (text format 0.0.4). */
export class TextMetrics {
  readonly #series: Series[] = [];

  /** Adds a counter. @returns how to count: one more, or `by`, of what the labels name */
  counter(name: string, help: string): (labels?: Labels, by?: number) => void {
    const values = new Map<string, { labels: Labels; value: number }>();
    this.#series.push({
      ...{ name, help, type: 'counter' },
      read: () => [...values.values()].map(({ labels, value }) => [labels, value] as const),
    });
    return (labels = {}, by = 1) => {
      const key = JSON.stringify(labels);
      const known = values.get(key) ?? { labels, value: 0 };
      known.value += by;
      values.set(key, known);
    };
  }

  /** Adds a gauge, read when somebody asks. */
  gauge(name: string, help: string, read: () => number | readonly Reading[]): void {
    this.#add({ name, help, type: 'gauge' }, read);
  }

  /** Adds a counter that something else keeps. */
  sum(name: string, help: string, read: () => number): void {
    this.#add({ name, help, type: 'counter' }, read);
  }

  #add(series: Omit<Series, 'read'>, read: () => number | readonly Reading[]): void {
    this.#series.push({
      ...series,
      read: () => {
        const value = read();
        return typeof value === 'number' ? [[{}, value]] : value;
      },
    });
  }

  render(): string {
    const lines = this.#series.flatMap(({ name, help, type, read }) => [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...read().map((reading) => line(name, reading)),
    ]);
    return `${lines.join('\n')}\n`;
  }
}

/** What every process shows of itself, under the names that Prometheus's own clients use. */
export function addProcessMetrics(metrics: TextMetrics): void {
  const startedAt = Date.now() / 1_000 - process.uptime();
  metrics.gauge(
    'process_start_time_seconds',
    'When the process began, in seconds since 1970.',
    () => startedAt,
  );
  metrics.sum('process_cpu_seconds_total', 'Processor time of the process.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss());
  metrics.gauge('nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed);
}
