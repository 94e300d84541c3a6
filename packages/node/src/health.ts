/** Facts about health, for people and probes. */
export type HealthDetails = Readonly<Record<string, string | number | boolean>>;

/** Whether a part of a node works, with facts. */
export interface Health {
  readonly healthy: boolean;
  readonly details: HealthDetails;
}
