/** What the HTTP layer bounds. Every bound answers with its own error code. */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  /** Requests a client may make per second on average, and at once; 0 turns the limit off. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  readonly eventStreamsMax: number;
  /** How long a client may take to send its headers, and its whole request. Milliseconds. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long closing waits for requests that are being answered. */
  readonly closeTimeoutMs: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: 1024 * 1024,
  requestsPerSecond: 100,
  requestBurst: 200,
  eventStreamsMax: 1_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  closeTimeoutMs: 5_000,
};
