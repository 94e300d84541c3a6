import type { Config } from '@aivm/core/state';
import type { Health } from '../health.ts';
import { silentLog } from '../log.ts';
import { AnchorDelivery, type AnchorDeliveryDependencies } from './anchor-delivery.ts';
import type { AnchorOutbox } from './anchor-outbox.ts';
import { type AnchorSink, type AnchorSinkStatus, createHostSink } from './anchor-sink.ts';

/** The host chain whose anchors go to sinks; of any other the host's own finality is the anchor. */
export const PRIMARY_HOST_CHAIN = 'primary';

/** All deliveries of a node: one for each sink, none waiting for another. The outbox reports their progress. */
export class AnchorDeliveries {
  readonly #deliveries: readonly AnchorDelivery[];
  readonly #outbox: AnchorOutbox;

  constructor(
    sinks: readonly AnchorSink[],
    config: Pick<Config, 'hostChainID'>,
    dependencies: AnchorDeliveryDependencies,
  ) {
    const { outbox, log = silentLog } = dependencies;
    this.#outbox = outbox;
    const isPrimary = config.hostChainID === PRIMARY_HOST_CHAIN;
    if (isPrimary && sinks.length === 0) {
      log.warn({ hostChainID: config.hostChainID }, 'anchors wait in the outbox: no sink is configured');
    }
    const all = isPrimary ? sinks : [createHostSink(), ...sinks];
    this.#deliveries = all.map((sink, i) => {
      const earlier = all.slice(0, i).filter(({ kind }) => kind === sink.kind).length;
      return new AnchorDelivery(
        earlier === 0 ? sink.kind : `${sink.kind}-${earlier + 1}`,
        sink,
        dependencies,
      );
    });
    outbox.attachSinks(() => this.status());
  }

  status(): readonly AnchorSinkStatus[] {
    return this.#deliveries.map((delivery) => delivery.status());
  }

  /** Failing sinks are reported but do not make the node unhealthy, because blocks never wait for them. */
  health(): Health {
    const details: Record<string, string | number> = { anchors: this.#outbox.count };
    for (const { sink, delivered, failuresInARow, lastError } of this.status()) {
      details[`anchors_delivered_${sink}`] = delivered;
      details[`anchor_failures_in_a_row_${sink}`] = failuresInARow;
      if (lastError !== undefined) details[`anchor_error_${sink}`] = lastError;
    }
    return { healthy: true, details };
  }

  start(): void {
    for (const delivery of this.#deliveries) delivery.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#deliveries.map((delivery) => delivery.stop()));
  }
}
