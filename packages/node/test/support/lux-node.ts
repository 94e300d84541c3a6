import { connect, type Socket } from 'node:net';

// What a Lux node does with its plugin, from the description of the wire format alone: nothing of the server is used here.

/** Types of messages. */
export const ZAP = {
  initialize: 1,
  setState: 2,
  shutdown: 3,
  createHandlers: 4,
  newHTTPHandler: 5,
  waitForEvent: 6,
  connected: 7,
  disconnected: 8,
  buildBlock: 9,
  parseBlock: 10,
  getBlock: 11,
  setPreference: 12,
  health: 13,
  version: 14,
  getAncestors: 20,
  batchedParseBlock: 21,
  getBlockIDAtHeight: 22,
  blockVerify: 28,
  blockAccept: 29,
  blockReject: 30,
} as const;

/** An error answer. `code` is the word before its colon. */
export class ZapError extends Error {
  readonly code: string;

  constructor(text: string) {
    super(text);
    this.code = /^(\w+):/.exec(text)?.[1] ?? '';
  }
}

const number32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};

/** Bytes or text with their length. */
export const blob = (value: Uint8Array | string): Buffer => {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([number32(bytes.length), bytes]);
};

/** Takes an answer apart. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#step(1));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#step(4));
  }

  u64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#step(8));
  }

  i64(): bigint {
    return this.#bytes.readBigInt64BE(this.#step(8));
  }

  bytes(): Uint8Array {
    const length = this.u32();
    const from = this.#step(length);
    return new Uint8Array(this.#bytes.subarray(from, from + length));
  }

  text(): string {
    return Buffer.from(this.bytes()).toString('utf8');
  }

  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  #step(size: number): number {
    const from = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) throw new Error('an answer that ends too early');
    return from;
  }
}

export interface LuxBlock {
  readonly id: Uint8Array;
  readonly parent: Uint8Array;
  readonly bytes: Uint8Array;
  readonly height: bigint;
  readonly unixNano: bigint;
  readonly error: number;
}

const readBlock = (from: Cursor): LuxBlock => {
  const [id, parent, bytes, height, unixNano] = [
    from.bytes(),
    from.bytes(),
    from.bytes(),
    from.u64(),
    from.i64(),
  ];
  if (from.u8() !== 0) throw new Error('a block of this chain is verified without context');
  return { id, parent, bytes, height, unixNano, error: from.u8() };
};

export interface LastAccepted {
  readonly id: Uint8Array;
  readonly parent: Uint8Array;
  readonly height: bigint;
  readonly bytes: Uint8Array;
  readonly unixNano: bigint;
}

export interface StartOptions {
  readonly genesis: string;
  readonly chainDataDir: string;
  readonly config?: string;
  readonly networkId?: number;
}

/** The node's end of one connection. */
export class LuxNode {
  readonly socket: Socket;
  readonly #waiting = new Map<number, { resolve: (body: Buffer) => void; reject: (error: Error) => void }>();
  #next = 1;
  #buffer: Buffer = Buffer.alloc(0);
  #end: Error | undefined;

  constructor(address: string) {
    const [host = '', port = ''] = address.split(':');
    this.socket = connect({ host, port: Number(port) });
    this.socket.on('data', (chunk) => this.#read(chunk));
    this.socket.on('error', (error) => this.#fail(error));
    this.socket.on('close', () => this.#fail(new Error('the connection is closed')));
  }

  /** Sends a request and gives the answer's body. @throws ZapError for an error answer. */
  call(type: number, ...body: readonly Uint8Array[]): Promise<Buffer> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const id = this.#next++;
    const answer = new Promise<Buffer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const content = Buffer.concat([number32(id), ...body]);
    this.socket.write(Buffer.concat([number32(content.length), Buffer.of(type), content]));
    answer.catch(() => undefined);
    return answer;
  }

  async initialize({
    genesis,
    chainDataDir,
    config = '',
    networkId = 1,
  }: StartOptions): Promise<LastAccepted> {
    const id = Buffer.alloc(32, 9);
    const body = await this.call(
      ZAP.initialize,
      number32(networkId),
      blob(id),
      blob(Buffer.alloc(20, 3)),
      blob(Buffer.alloc(48, 4)),
      blob(id),
      blob(id),
      blob(id),
      blob(chainDataDir),
      blob(genesis),
      blob(''),
      blob(config),
      blob('127.0.0.1:1'),
      blob('127.0.0.1:2'),
      // Members of newer nodes.
      Buffer.alloc(17, 1),
    );
    const from = new Cursor(body);
    return {
      id: from.bytes(),
      parent: from.bytes(),
      height: from.u64(),
      bytes: from.bytes(),
      unixNano: from.i64(),
    };
  }

  async setState(state: number): Promise<void> {
    await this.call(ZAP.setState, Buffer.of(state));
  }

  async version(): Promise<string> {
    return new Cursor(await this.call(ZAP.version)).text();
  }

  async health(): Promise<{ healthy: boolean }> {
    return JSON.parse(new Cursor(await this.call(ZAP.health)).text());
  }

  async waitForEvent(): Promise<number> {
    return new Cursor(await this.call(ZAP.waitForEvent)).u8();
  }

  async buildBlock(): Promise<LuxBlock> {
    return readBlock(new Cursor(await this.call(ZAP.buildBlock)));
  }

  async parseBlock(bytes: Uint8Array): Promise<LuxBlock> {
    return readBlock(new Cursor(await this.call(ZAP.parseBlock, blob(bytes))));
  }

  async parseBlocks(list: readonly Uint8Array[]): Promise<readonly LuxBlock[]> {
    const from = new Cursor(
      await this.call(ZAP.batchedParseBlock, number32(list.length), ...list.map((bytes) => blob(bytes))),
    );
    return Array.from({ length: from.u32() }, () => readBlock(from));
  }

  /** Undefined where the plugin says "not found". */
  async getBlock(id: Uint8Array): Promise<LuxBlock | undefined> {
    const block = readBlock(new Cursor(await this.call(ZAP.getBlock, blob(id))));
    if (block.error === 2) return undefined;
    if (block.error !== 0) throw new Error(`GetBlock: error ${block.error}`);
    return { ...block };
  }

  async blockIdAt(height: bigint): Promise<Uint8Array | undefined> {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(height);
    const from = new Cursor(await this.call(ZAP.getBlockIDAtHeight, number));
    const id = from.bytes();
    return from.u8() === 0 ? id : undefined;
  }

  async ancestors(id: Uint8Array, count: number, size: number): Promise<readonly Uint8Array[]> {
    const time = Buffer.alloc(8);
    time.writeBigInt64BE(5_000_000_000n);
    const bounds = Buffer.alloc(8);
    bounds.writeInt32BE(count, 0);
    bounds.writeInt32BE(size, 4);
    const from = new Cursor(await this.call(ZAP.getAncestors, blob(id), bounds, time));
    return Array.from({ length: from.u32() }, () => from.bytes());
  }

  async setPreference(id: Uint8Array): Promise<void> {
    await this.call(ZAP.setPreference, blob(id));
  }

  async verify(bytes: Uint8Array): Promise<void> {
    await this.call(ZAP.blockVerify, blob(bytes), Buffer.of(0));
  }

  async accept(id: Uint8Array): Promise<void> {
    await this.call(ZAP.blockAccept, blob(id));
  }

  async reject(id: Uint8Array): Promise<void> {
    await this.call(ZAP.blockReject, blob(id));
  }

  /** Where the plain HTTP servers are, by prefix. */
  async createHandlers(): Promise<ReadonlyMap<string, string>> {
    const from = new Cursor(await this.call(ZAP.createHandlers));
    return new Map(Array.from({ length: from.u32() }, () => [from.text(), from.text()] as const));
  }

  /** Waits for work, builds, verifies, prefers and accepts: one whole block. */
  async makeBlock(): Promise<LuxBlock> {
    await this.waitForEvent();
    const block = await this.buildBlock();
    await this.verify(block.bytes);
    await this.setPreference(block.id);
    await this.accept(block.id);
    return block;
  }

  async shutdown(): Promise<void> {
    await this.call(ZAP.shutdown);
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    while (this.#buffer.length >= 5) {
      const length = this.#buffer.readUInt32BE(0);
      if (this.#buffer.length < 5 + length) return;
      const type = this.#buffer.readUInt8(4);
      const id = this.#buffer.readUInt32BE(5);
      const body = this.#buffer.subarray(9, 5 + length);
      this.#buffer = this.#buffer.subarray(5 + length);
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if ((type & 0xc0) === 0xc0) waiting?.reject(new ZapError(body.toString('utf8')));
      else waiting?.resolve(Buffer.from(body));
    }
  }

  #fail(error: Error): void {
    this.#end ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#end);
    this.#waiting.clear();
  }
}
