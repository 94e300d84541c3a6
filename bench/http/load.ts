/**
 * The load generator of bench/http.ts, a process of its own: posts bodies over kept connections, one at a time on each, as
 * raw bytes, so that it costs less than what it measures. Reads its order as JSON on stdin, writes what it saw on stdout.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

interface Order {
  readonly port: number;
  readonly path: string;
  /** Bodies of each connection, in order. */
  readonly bodies: readonly (readonly string[])[];
  /** Event streams that are open meanwhile. */
  readonly listeners: number;
}

const order = JSON.parse(readFileSync(0, 'utf8')) as Order;
const requestOf = (body: string): string =>
  `POST ${order.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
    socket.once('error', reject);
  });
}

/** Posts the bodies of one connection; milliseconds of each, and how many were not answered with 200. */
function post(
  socket: Socket,
  bodies: readonly string[],
): Promise<{ times: number[]; failed: number; example: string }> {
  return new Promise((resolve, reject) => {
    const requests = bodies.map(requestOf);
    const times: number[] = [];
    let failed = 0;
    let example = '';
    let sentAt = 0;
    let text = '';
    const next = (): void => {
      if (times.length === requests.length) {
        resolve({ times, failed, example });
        return;
      }
      sentAt = performance.now();
      socket.write(requests[times.length] as string);
    };
    socket.setEncoding('latin1');
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.on('data', (part: string) => {
      text += part;
      const head = text.indexOf('\r\n\r\n');
      if (head < 0) return;
      const size = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
      if (Number.isNaN(size)) throw new Error(`no content-length: ${text.slice(0, 200)}`);
      if (text.length < head + 4 + size) return;
      if (!text.startsWith('HTTP/1.1 200')) {
        failed++;
        example ||= text.slice(-size);
      }
      text = '';
      times.push(performance.now() - sentAt);
      next();
    });
    next();
  });
}

/** Opens a stream of events, and is sure that it is one. */
async function listen(port: number): Promise<void> {
  const socket = await open(port);
  socket.write('GET /rpc/events HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
  const [first] = (await once(socket, 'data')) as [Buffer];
  const head = first.toString('latin1').split('\r\n', 1)[0];
  if (!head?.startsWith('HTTP/1.1 200')) throw new Error(`a listener was answered with ${head}`);
  socket.on('error', () => undefined);
  socket.resume();
}

for (let i = 0; i < order.listeners; i++) await listen(order.port);
const sockets = await Promise.all(order.bodies.map(() => open(order.port)));
process.stdout.write(`${JSON.stringify({ startedAt: Date.now() })}\n`);
const results = await Promise.all(sockets.map((socket, i) => post(socket, order.bodies[i] ?? [])));
const times = results.flatMap((one) => one.times).sort((left, right) => left - right);
process.stdout.write(
  `${JSON.stringify({
    requests: times.length,
    failed: results.reduce((sum, one) => sum + one.failed, 0),
    example: results.find(({ example }) => example !== '')?.example,
    p50: times[Math.floor(times.length * 0.5)],
    p99: times[Math.floor(times.length * 0.99)],
  })}\n`,
);
process.exit(0);
