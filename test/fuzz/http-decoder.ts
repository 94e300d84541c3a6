import { bytesToHex, bytesToUtf8, hexToBytes, utf8ToBytes } from '@aivm/core/bytes';
import { ERROR_CODES, type ErrorCode, isErrorCode } from '@aivm/core/errors';
import type { Operation } from '@aivm/core/tx';
import { developmentAccounts, parseJson, stringifyJson, textToAddress } from '@aivm/sdk';
import type { Random } from '../attestation-fuzz/random.ts';
import type { Decoder, Outcome } from './decoder.ts';
import { type SampleRequest, sampleRequests } from './http-requests.ts';
import { type HttpWorld, openHttpWorld } from './http-world.ts';
import { mutateBytes } from './mutate-bytes.ts';
import { mutateJson } from './mutate-json.ts';

/** What decoding a request can answer; whatever else is answered was decided behind it. */
const CODES = [
  'malformed',
  'out_of_range',
  'too_large',
  'unsupported_media_type',
  'method_not_allowed',
  'not_found',
  'bad_signature',
  'wrong_chain',
] as const satisfies readonly ErrorCode[];

const URL_BASE = 'http://localhost/rpc';
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'];
const TYPES = [
  'text/plain',
  'application/json; charset=utf-8',
  'application/merge+json',
  '',
  'application',
  '\t,',
];
/** A request that waits is given up after this. */
const PATIENCE_MS = 5;

interface Mutant {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: Uint8Array;
}

const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

/** Bytes that are not JSON any more, or JSON of another shape. */
function mutateBody(body: unknown, random: Random, others: readonly Uint8Array[]): Uint8Array {
  let json = body;
  if (typeof body === 'string' && body.startsWith('0x') && random.below(4) > 0) {
    const { bytes } = mutateBytes(hexToBytes(body.slice(2)), random, others);
    return utf8ToBytes(textOf(`0x${bytesToHex(bytes)}`));
  }
  if (random.below(4) > 0) {
    json = mutateJson(json, random);
    if (random.below(4) > 0) return utf8ToBytes(textOf(json));
  }
  return mutateBytes(utf8ToBytes(textOf(json)), random, others).bytes;
}

/** JSON with lone surrogates escaped, which text on the wire cannot carry as they are. */
const textOf = (json: unknown): string =>
  stringifyJson(json ?? null).replaceAll(
    /[\ud800-\udfff]/g,
    (half) => `\\u${half.charCodeAt(0).toString(16)}`,
  );

const OPERATORS = ['body', 'body', 'path', 'path', 'method', 'headers', 'none'] as const;

function mutate(
  sample: SampleRequest,
  random: Random,
  others: readonly Uint8Array[],
): Mutant & { operator: string } {
  const operator = random.pick(OPERATORS);
  let { method, path } = sample as { method: string; path: string };
  const headers: Record<string, string> = {};
  let body = sample.body === undefined ? undefined : utf8ToBytes(textOf(sample.body));
  if (operator === 'body') {
    body =
      sample.body === undefined ? random.bytes(random.below(9)) : mutateBody(sample.body, random, others);
  } else if (operator === 'path') {
    // At most a few kilobytes: servers bound the line itself.
    const changed = mutateBytes(utf8ToBytes(path), random, others).bytes.subarray(0, 4_096);
    path = `/${latin1(changed).replace(/^\/+/, '')}`;
  } else if (operator === 'method') method = random.pick(METHODS);
  else if (operator === 'headers') {
    headers['content-type'] = random.pick(TYPES);
    if (random.below(4) === 0) headers['content-length'] = random.pick(['0', '-1', 'x', '99999999999']);
    headers['last-event-id'] = random.pick(['', '1.0', '9.9.9', 'x', '-1.5', '99999999999999999999.0']);
  }
  const takesBody = method !== 'GET';
  return { operator, method, path, headers, ...(body === undefined || !takesBody ? {} : { body }) };
}

async function readAnswer(response: Response): Promise<{ readonly code?: string; readonly fault?: string }> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return {};
  }
  const text = await response.text();
  if (response.status === 204) return {};
  if (type.startsWith('text/plain')) return {};
  const json = parseJson(text) as { readonly code?: string; readonly status?: number };
  if (response.status === 200) return {};
  const { code = '' } = json;
  if (type !== 'application/problem+json' || !isErrorCode(code))
    return { fault: `answers ${text.slice(0, 200)}` };
  const isCoherent = ERROR_CODES[code].status === response.status && json.status === response.status;
  return { code, ...(isCoherent ? {} : { fault: `${code} with status ${response.status}` }) };
}

async function ask(world: HttpWorld, { method, path, headers, body }: Mutant): Promise<Outcome> {
  const waits = /wait|timeout/i.test(path) ? AbortSignal.timeout(PATIENCE_MS) : undefined;
  const request = new Request(URL_BASE + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body as BodyInit }),
    ...(waits === undefined ? {} : { signal: waits }),
  });
  const { code, fault } = await readAnswer(await world.app.fetch(request));
  const bugs = world.takeBugs();
  const found =
    bugs.length > 0 ? `a bug: ${String(bugs[0])}` : code === 'internal' ? 'answers internal' : fault;
  return {
    operator: '',
    ...(code === undefined ? {} : { code }),
    ...(found === undefined ? {} : { fault: `${found} (${method} ${path.slice(0, 200)} ${shown(body)})` }),
  };
}

const shown = (body: Uint8Array | undefined): string =>
  body === undefined ? '' : (bytesToUtf8(body)?.slice(0, 300) ?? `${body.length} bytes`);

/** Mutants of a request for every route of the contract, to a node that signs for nobody. */
export async function createHttpDecoder(): Promise<Decoder> {
  const world = await openHttpWorld();
  const [account, other] = developmentAccounts();
  if (account === undefined || other === undefined) throw new Error('expected two development accounts');
  const operation: Operation = { kind: 'transfer', to: textToAddress(other.address), amount: 1n };
  const { chainId, genesisHash } = world.node;
  const place = { chainId, genesisHash, expiry: 0n };
  const transactions = [0n, 1n, 2n, 3n].map((offset) =>
    account.sign({
      ...place,
      nonce: world.node.nextNonce(textToAddress(account.address)) + offset,
      operation,
    }),
  );
  const foreign = account.sign({ ...place, chainId: 1n, nonce: 0n, operation });
  const requests = sampleRequests({
    transactions: [...transactions, foreign],
    address: account.address,
    blockId: world.node.lastAccepted().id,
  });
  const others = requests.map(({ body, path }) => utf8ToBytes(body === undefined ? path : textOf(body)));
  const withBody = requests.filter(({ body }) => body !== undefined);
  return {
    name: 'http',
    codes: CODES,
    boundMs: 2_000,
    run: async (random) => {
      const sample = random.pick(random.below(2) === 0 ? requests : withBody);
      const mutant = mutate(sample, random, others);
      try {
        return { ...(await ask(world, mutant)), operator: mutant.operator };
      } catch (error) {
        const fault = `${String(error)} (${mutant.method} ${mutant.path.slice(0, 200)})`;
        return { operator: mutant.operator, code: 'crash', fault };
      }
    },
    close: () => world.close(),
  };
}
