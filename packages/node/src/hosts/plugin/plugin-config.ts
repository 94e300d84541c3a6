import { bytesToUtf8 } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { parseJson } from '@aivm/sdk';

/** What the operator of a node sets for one chain: the node hands it over as it starts the chain. */
export interface PluginConfig {
  /** Where the whole HTTP interface also listens, beside the node's own routes to it. */
  readonly http?: { readonly port: number; readonly host: string } | undefined;
  /** Configuration for a genesis that has none: the same on every node, or they disagree. Undefined where it is empty. */
  readonly chain?: Readonly<Record<string, unknown>> | undefined;
}

const PORT_MAX = 65_535;
const LOOPBACK = '127.0.0.1';

const refuse = (detail: string): AivmError =>
  new AivmError('config_refused', `the chain's config: ${detail}`);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseHttp(value: unknown): PluginConfig['http'] {
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw refuse('http: expected an object with port and host');
  const { port, host = LOOPBACK, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw refuse(`http.${unknown}: not known; there are port and host`);
  const number = typeof port === 'bigint' ? Number(port) : port;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > PORT_MAX) {
    throw refuse(`http.port: expected an integer 0…${PORT_MAX}, got ${String(port)}`);
  }
  if (typeof host !== 'string' || host === '') throw refuse('http.host: expected an address');
  return { port: number, host };
}

/**
 * The configuration that a node hands over; empty bytes are none. `http` is this plugin's, every other member the chain's.
 * @throws AivmError `config_refused`.
 */
export function parsePluginConfig(bytes: Uint8Array): PluginConfig {
  if (bytes.length === 0) return {};
  const text = bytesToUtf8(bytes);
  if (text === undefined) throw refuse('not UTF-8');
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'no JSON');
  }
  if (!isRecord(value)) throw refuse('expected a JSON object');
  const { http, ...chain } = value;
  return { http: parseHttp(http), chain: Object.keys(chain).length === 0 ? undefined : chain };
}
