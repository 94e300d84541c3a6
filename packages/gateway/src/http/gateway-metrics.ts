import { performance as loop } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiKey } from '../accounts/api-keys.ts';
import type { Spending } from '../accounts/spending.ts';

/** Upper bounds of the latency histogram, seconds: from a refusal to an answer that is final. */
const LATENCY_BUCKETS = [0.01, 0.05, 0.25, 1, 5, 20, 60, 300];
/** Base units of one AI. */
const AI = 1e18;

/** What an operator sees of a gateway. */
export interface GatewayMetrics {
  /** Counts a request as under way. @returns how to say that it was answered; of a stream, that it has begun */
  begin(): (answer: { readonly route: string; readonly method: string; readonly status: number }) => void;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
}

/** What every process shows of itself, under the names that Prometheus's own clients use. */
function registerProcessGauges(registers: Registry[]): void {
  const startedAt = Date.now() / 1_000 - process.uptime();
  let before = loop.eventLoopUtilization();
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['process_start_time_seconds', 'When the process began, in seconds since 1970.', () => startedAt],
    [
      'process_cpu_seconds_total',
      'Processor time of the process.',
      () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    ],
    ['process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss()],
    ['nodejs_heap_size_used_bytes', 'Heap in use.', () => process.memoryUsage().heapUsed],
    [
      'nodejs_eventloop_utilization',
      'Part of the time since the last look in which the event loop was busy, 0 to 1.',
      () => {
        const now = loop.eventLoopUtilization();
        const { utilization } = loop.eventLoopUtilization(now, before);
        before = now;
        return utilization;
      },
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      ...{ name, help, registers },
      collect() {
        this.set(read());
      },
    });
  }
}

/** Metrics with a registry of their own, so that two gateways in one process do not meet. */
export function createGatewayMetrics(spending: Spending, keys: readonly ApiKey[]): GatewayMetrics {
  const registry = new Registry();
  const registers = [registry];
  registerProcessGauges(registers);
  const requests = new Counter({
    name: 'aivm_gateway_requests_total',
    help: 'Answered requests.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'aivm_gateway_request_seconds',
    help: 'Time to the answer; of a stream, to its beginning.',
    labelNames: ['route', 'method'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const underWay = new Gauge({
    name: 'aivm_gateway_requests_under_way',
    help: 'Requests without an answer yet.',
    registers,
  });
  underWay.set(0);
  for (const [name, help, what] of [
    ['aivm_gateway_spent_ai', 'AI that a key has spent, reservations included.', 'total'],
    ['aivm_gateway_spent_today_ai', 'The same, of the present day (UTC).', 'today'],
    ['aivm_gateway_tasks', 'Tasks that a key has asked for.', 'tasks'],
  ] as const) {
    new Gauge({
      ...{ name, help, labelNames: ['key'], registers },
      collect() {
        for (const key of keys) {
          const value = spending.spentBy(key)[what];
          this.set({ key: key.name }, typeof value === 'bigint' ? Number(value) / AI : value);
        }
      },
    });
  }
  return {
    begin: () => {
      const startedAt = performance.now();
      underWay.inc();
      return ({ route, method, status }) => {
        underWay.dec();
        requests.inc({ route, method, status });
        latency.observe({ route, method }, (performance.now() - startedAt) / 1_000);
      };
    },
    render: () => registry.metrics(),
  };
}
