import { performance as loop } from 'node:perf_hooks';
import { readChain } from '@aivm/core/state';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { NodeApi } from '../local/node-api.ts';

/** Upper bounds of the latency histogram, seconds: from a cached read to a long poll. */
const LATENCY_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** One answered request. */
export interface RequestSample {
  /** The route's path with its parameters unnamed, so that there are few of them. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** What `/metrics` shows. */
export interface Metrics {
  observe(sample: RequestSample): void;
  setEventStreams(count: number): void;
  render(): Promise<string>;
}

/** Gauges that are read from the node when somebody asks. */
function registerNodeGauges(node: NodeApi, registers: Registry[]): void {
  new Gauge({
    name: 'aivm_height',
    help: 'Height of the last accepted block.',
    registers,
    collect() {
      this.set(node.lastAccepted().header.height);
    },
  });
  new Gauge({
    name: 'aivm_tasks',
    help: 'Tasks by state.',
    labelNames: ['state'],
    registers,
    collect() {
      const chain = readChain(node.state());
      this.set({ state: 'pending' }, chain.queueCount);
      this.set({ state: 'open' }, Number(chain.tasksOpen));
      this.set({ state: 'completed' }, Number(chain.tasksCompleted));
      this.set({ state: 'failed' }, Number(chain.tasksFailed));
    },
  });
  new Gauge({
    name: 'aivm_providers_active',
    help: 'Providers that take work.',
    registers,
    collect() {
      this.set(readChain(node.state()).providersActive);
    },
  });
  registerAnchorGauges(node, registers);
  new Gauge({
    name: 'aivm_health',
    help: 'Every number that the node reports about itself, such as the size of its pool.',
    labelNames: ['name'],
    registers,
    collect() {
      const { healthy, details } = node.health();
      this.set({ name: 'healthy' }, healthy ? 1 : 0);
      for (const [name, value] of Object.entries(details)) {
        if (typeof value !== 'string') this.set({ name }, Number(value));
      }
    },
  });
}

function registerAnchorGauges(node: NodeApi, registers: Registry[]): void {
  new Gauge({
    name: 'aivm_anchors',
    help: 'Anchors that accepted blocks made.',
    registers,
    collect() {
      this.set(node.anchors.count);
    },
  });
  new Gauge({
    name: 'aivm_anchors_delivered',
    help: 'Anchors that a sink took, in order.',
    labelNames: ['sink'],
    registers,
    collect() {
      for (const { sink, delivered } of node.anchors.sinks()) this.set({ sink }, delivered);
    },
  });
  new Gauge({
    name: 'aivm_anchor_failures_in_a_row',
    help: 'Attempts that failed since a sink last took an anchor.',
    labelNames: ['sink'],
    registers,
    collect() {
      for (const { sink, failuresInARow } of node.anchors.sinks()) this.set({ sink }, failuresInARow);
    },
  });
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

/** Metrics with a registry of their own, so that two nodes in one process do not meet. */
export function createMetrics(node: NodeApi): Metrics {
  const registry = new Registry();
  const registers = [registry];
  registerNodeGauges(node, registers);
  registerProcessGauges(registers);
  const requests = new Counter({
    name: 'aivm_http_requests_total',
    help: 'Answered requests.',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const latency = new Histogram({
    name: 'aivm_http_request_seconds',
    help: 'Time to the answer; of an event stream, to its beginning.',
    labelNames: ['route', 'method'],
    buckets: LATENCY_BUCKETS,
    registers,
  });
  const streams = new Gauge({ name: 'aivm_http_event_streams', help: 'Open event streams.', registers });
  streams.set(0);
  return {
    observe: ({ route, method, status, seconds }) => {
      requests.inc({ route, method, status });
      latency.observe({ route, method }, seconds);
    },
    setEventStreams: (count) => streams.set(count),
    render: () => registry.metrics(),
  };
}
