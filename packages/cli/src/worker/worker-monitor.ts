import type { ComputeBackend } from '@aivm/worker';
import { addProcessMetrics, TextMetrics } from './text-metrics.ts';

/** What a worker is doing. */
export type WorkerState = 'starting' | 'working' | 'stopping';

/** What an operator sees of a provider or a watcher. */
export class WorkerMonitor {
  readonly metrics: TextMetrics = new TextMetrics();
  readonly role: 'provider' | 'watcher';
  readonly #nowMs: () => number;
  readonly #count: (labels: { readonly event: string }) => void;
  readonly #countJob: (labels: { readonly model: string; readonly outcome: string }) => void;
  readonly #countSeconds: (labels: { readonly model: string }, by: number) => void;
  #state: WorkerState = 'starting';
  #inHand = 0;
  #lastEventMs: number;

  constructor(role: 'provider' | 'watcher', nowMs: () => number = Date.now) {
    this.role = role;
    this.#nowMs = nowMs;
    this.#lastEventMs = nowMs();
    const { metrics } = this;
    const prefix = `aivm_${role}`;
    this.#count = metrics.counter(`${prefix}_events_total`, 'What it reported, by kind.');
    this.#countJob = metrics.counter(`${prefix}_jobs_total`, 'Runs of models that ended, by outcome.');
    this.#countSeconds = metrics.counter(`${prefix}_compute_seconds_total`, 'Time that models ran.');
    metrics.gauge(`${prefix}_jobs_in_hand`, 'Models that run now.', () => this.#inHand);
    metrics.gauge(`${prefix}_working`, '1 while it works, 0 while it starts or stops.', () =>
      Number(this.#state === 'working'),
    );
    metrics.gauge(
      `${prefix}_last_event_seconds`,
      'When it last reported anything, in seconds since 1970.',
      () => Math.floor(this.#lastEventMs / 1_000),
    );
    addProcessMetrics(metrics);
  }

  get state(): WorkerState {
    return this.#state;
  }

  set state(state: WorkerState) {
    this.#state = state;
  }

  /** Counts what the worker reported. */
  observe({ kind }: { readonly kind: string }): void {
    this.#lastEventMs = this.#nowMs();
    this.#count({ event: kind });
  }

  /** The same backend, its runs counted and timed. */
  watch(backend: ComputeBackend): ComputeBackend {
    const run: ComputeBackend['run'] = async (job, options) => {
      const { id: model } = job.model;
      const startedAt = performance.now();
      this.#inHand++;
      try {
        const result = await backend.run(job, options);
        this.#countJob({ model, outcome: 'done' });
        return result;
      } catch (error) {
        this.#countJob({ model, outcome: options.signal.aborted ? 'stopped' : 'failed' });
        throw error;
      } finally {
        this.#inHand--;
        this.#countSeconds({ model }, (performance.now() - startedAt) / 1_000);
      }
    };
    return {
      name: backend.name,
      supports: (model) => backend.supports(model),
      run,
      ...(backend.check === undefined ? {} : { check: () => backend.check?.() ?? Promise.resolve() }),
      ...(backend.recheck === undefined
        ? {}
        : { recheck: (job, output) => backend.recheck?.(job, output) ?? output }),
    };
  }
}
