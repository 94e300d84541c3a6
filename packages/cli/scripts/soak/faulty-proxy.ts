/**
 * A proxy that treats requests badly, at random under a seed: it answers limits and errors of its own before or after
 * the node has the request, breaks connections, delivers twice or late, and swallows requests and answers.
 *
 *   npx tsx packages/cli/scripts/soak/faulty-proxy.ts http://127.0.0.1:9650 7
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createRandom } from './random.ts';

const [target = '', seedText = '1'] = process.argv.slice(2);
const random = createRandom(Number(seedText));
/** How long a swallowed request keeps its connection. */
const SWALLOW_MS = 15_000;
/** A copy that is delivered late comes within so long. */
const LATE_MS = 4_000;

/** Each fault with its share of all requests, in thousandths; the rest passes unharmed. */
const FAULTS = {
  'limit before': 30,
  'limit after': 20,
  'error before': 30,
  'error after': 20,
  'page of a proxy after': 10,
  'reset before': 25,
  'reset after': 25,
  repeat: 40,
  'repeat late': 20,
  'error, delivered late': 20,
  delay: 40,
  'swallow the request': 8,
  'swallow the answer': 8,
} as const;
type Fault = keyof typeof FAULTS | 'none';

const counts: Record<string, number> = {};

function drawFault(): Fault {
  let rest = random() * 1_000;
  for (const [fault, share] of Object.entries(FAULTS)) {
    rest -= share;
    if (rest < 0) return fault as Fault;
  }
  return 'none';
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

async function forward(request: IncomingMessage, body: Buffer): Promise<Answer> {
  const type = request.headers['content-type'];
  const response = await fetch(`${target}${request.url}`, {
    method: request.method ?? 'GET',
    headers: type === undefined ? {} : { 'content-type': type },
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  });
  return {
    status: response.status,
    type: response.headers.get('content-type') ?? '',
    body: Buffer.from(await response.arrayBuffer()),
  };
}

function problem(code: string, status: number): Answer {
  const detail = 'a proxy says so';
  const body = JSON.stringify({ type: `urn:aivm:error:${code}`, title: code, status, code, detail });
  return { status, type: 'application/problem+json', body: Buffer.from(body) };
}

const limit = (): Answer =>
  random() < 0.5
    ? problem('rate_limited', 429)
    : { status: 429, type: 'text/plain', body: Buffer.from('slow down') };
const failure = (): Answer =>
  random() < 0.5
    ? problem('not_initialized', 503)
    : { status: 503, type: 'text/html', body: Buffer.from('<html>') };
const page = (): Answer => ({ status: 200, type: 'text/html', body: Buffer.from('<html>sign in</html>') });

function send(response: ServerResponse, { status, type, body }: Answer): void {
  const isLimit = status === 429 || status === 503;
  response.writeHead(status, {
    'content-type': type,
    ...(isLimit ? { 'retry-after': random() < 0.2 ? '1' : '0' } : {}),
  });
  response.end(body);
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A delivery that nobody waits for. */
const deliverLate = (request: IncomingMessage, body: Buffer): void =>
  void sleep(random() * LATE_MS)
    .then(() => forward(request, body))
    .catch(() => undefined);

/** Answers of the proxy itself, by fault. */
const OWN_ANSWERS: Partial<Record<Fault, () => Answer>> = {
  'limit before': limit,
  'limit after': limit,
  'error before': failure,
  'error after': failure,
  'error, delivered late': failure,
  'page of a proxy after': page,
};

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const fault = drawFault();
  counts[fault] = (counts[fault] ?? 0) + 1;
  if (fault === 'error, delivered late' || fault === 'repeat late') deliverLate(request, body);
  if (fault === 'delay') await sleep(random() * 1_500);
  const isForwarded = !/before|the request|delivered late/.test(fault);
  const answer = isForwarded ? await forward(request, body) : undefined;
  const own = OWN_ANSWERS[fault];
  if (own !== undefined) send(response, own());
  else if (fault.startsWith('reset')) request.socket.destroy();
  else if (fault.startsWith('swallow')) setTimeout(() => request.socket.destroy(), SWALLOW_MS);
  else if (answer !== undefined) send(response, fault === 'repeat' ? await forward(request, body) : answer);
}

const server = createServer((request, response) => {
  handle(request, response).catch(() => request.socket.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`${JSON.stringify({ event: 'listening', port })}\n`);
});
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ event: 'stopped', counts })}\n`);
  process.exit(0);
});
