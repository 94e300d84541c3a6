/** What the HTTP layer bounds. Every bound answers with its own error code. */
export interface HttpLimits {
  readonly bodyBytesMax: number;
  /**
   * What a client may ask per second on average, and at once; 0 turns the limit off. A request costs 1, and 1 more for
   * each further transaction and for each 16 KiB of its body and 64 KiB of its answer. Programs of this machine pay nothing.
   */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  readonly eventStreamsMax: number;
  readonly eventStreamsPerClientMax: number;
  /** Open connections of other machines, in all and of one client. */
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
  /** Bytes of bodies that are being read and of answers that are being sent, in all and of one client. */
  readonly bytesInFlightMax: number;
  readonly bytesInFlightPerClientMax: number;
  /** Blobs that are received at once. */
  readonly uploadsMax: number;
  /** How long a blob may take to come. Milliseconds. */
  readonly uploadTimeoutMs: number;
  /** A body may not come slower than this on average, after two seconds of grace. */
  readonly bodyBytesPerSecondMin: number;
  /** How long a client may take no byte of what is sent to it. Milliseconds. */
  readonly writeTimeoutMs: number;
  /** How long a client may take to send its headers, and its whole request. Milliseconds. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** How long closing waits for requests that are being answered. */
  readonly closeTimeoutMs: number;
}

const KIB = 1_024;
const MIB = 1_024 * KIB;

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  bodyBytesMax: MIB,
  requestsPerSecond: 100,
  requestBurst: 200,
  eventStreamsMax: 1_000,
  eventStreamsPerClientMax: 32,
  connectionsMax: 2_000,
  connectionsPerClientMax: 128,
  bytesInFlightMax: 128 * MIB,
  bytesInFlightPerClientMax: 8 * MIB,
  uploadsMax: 4,
  uploadTimeoutMs: 3_600_000,
  bodyBytesPerSecondMin: 16 * KIB,
  writeTimeoutMs: 30_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  closeTimeoutMs: 5_000,
};
