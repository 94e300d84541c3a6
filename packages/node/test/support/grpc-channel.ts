import { type ClientHttp2Session, connect as http2Connect } from 'node:http2';

// gRPC over Node's own HTTP/2 and protobuf by hand, for nodes' ends that use nothing of the server and its library.

/** An error of gRPC. `code` is the word before the colon of its text. */
export class GrpcError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, text: string) {
    super(text);
    this.status = status;
    this.code = /^(\w+):/.exec(text)?.[1] ?? '';
  }
}

function varint(value: bigint | number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

/** A member that is a number. */
export const int = (field: number, value: bigint | number): Buffer =>
  Buffer.concat([varint(field << 3), varint(value)]);

/** A member that is bytes, text or a message. */
export const len = (field: number, value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
};

/** Members of a message by their numbers, in order. */
export class Message {
  readonly #members = new Map<number, (bigint | Buffer)[]>();

  constructor(bytes: Buffer) {
    let at = 0;
    const number = (): bigint => {
      let value = 0n;
      for (let shift = 0n; ; shift += 7n) {
        const byte = bytes.readUInt8(at++);
        value |= BigInt(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < bytes.length) {
      const tag = Number(number());
      const kind = tag & 7;
      let value: bigint | Buffer;
      if (kind === 0) value = number();
      else if (kind === 2) {
        const size = Number(number());
        value = bytes.subarray(at, at + size);
        at += size;
      } else throw new Error(`a member of wire type ${kind}`);
      const list = this.#members.get(tag >> 3) ?? [];
      list.push(value);
      this.#members.set(tag >> 3, list);
    }
  }

  number(field: number): bigint {
    return (this.#members.get(field)?.at(-1) as bigint | undefined) ?? 0n;
  }

  bytes(field: number): Uint8Array {
    return new Uint8Array((this.#members.get(field)?.at(-1) as Buffer | undefined) ?? Buffer.alloc(0));
  }

  text(field: number): string {
    return Buffer.from(this.bytes(field)).toString('utf8');
  }

  has(field: number): boolean {
    return this.#members.has(field);
  }

  list(field: number): readonly Buffer[] {
    return (this.#members.get(field) ?? []) as Buffer[];
  }

  message(field: number): Message {
    return new Message(Buffer.from(this.bytes(field)));
  }
}

/** A channel to one server, as a client of gRPC has it. */
export class GrpcChannel {
  readonly session: ClientHttp2Session;

  constructor(address: string) {
    this.session = http2Connect(`http://${address}`);
    this.session.on('error', () => undefined);
  }

  /** Calls `/service/method` with a message and gives the answer. @throws GrpcError. */
  call(path: string, ...members: readonly Uint8Array[]): Promise<Message> {
    const message = Buffer.concat(members);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return new Promise((resolve, reject) => {
      const stream = this.session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'user-agent': 'tests/1',
      });
      const chunks: Buffer[] = [];
      let status: string | undefined;
      let text = '';
      const note = (headers: Record<string, unknown>): void => {
        // As gRPC has it: what a server does not know is not implemented.
        if (headers[':status'] === 404) status = '12';
        if (headers['grpc-status'] === undefined) return;
        status = String(headers['grpc-status']);
        text = decodeURIComponent(String(headers['grpc-message'] ?? ''));
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => {
        if (status !== '0') {
          reject(
            new GrpcError(Number(status ?? -1), text === '' ? 'unreachable: the stream broke off' : text),
          );
          return;
        }
        const answer = Buffer.concat(chunks);
        if (answer.length < 5 || answer.readUInt8(0) !== 0 || answer.readUInt32BE(1) !== answer.length - 5) {
          reject(new Error('an answer that is no message'));
          return;
        }
        resolve(new Message(answer.subarray(5)));
      });
      stream.end(Buffer.concat([head, message]));
    });
  }

  close(): void {
    this.session.destroy();
  }
}
