import { GrpcChannel, int, len, Message } from './grpc-channel.ts';

// What an Avalanche node does with its plugin, from the description of the wire format alone: nothing of the server, its
// library or its generated messages is used here.

export interface AvalancheBlock {
  readonly id: Uint8Array;
  readonly parent: Uint8Array;
  readonly bytes: Uint8Array;
  readonly height: bigint;
  readonly seconds: bigint;
}

export interface AvalancheStart {
  readonly genesis: string;
  readonly chainDataDir: string;
  readonly config?: string;
  readonly networkId?: number;
}

/** A timestamp must be there. */
const secondsOf = (message: Message, field: number): bigint => {
  if (!message.has(field)) throw new Error(`no timestamp at ${field}`);
  return message.message(field).number(1);
};

/** The node's end of one chain. */
export class AvalancheNode {
  readonly channel: GrpcChannel;

  constructor(address: string) {
    this.channel = new GrpcChannel(address);
  }

  vm(method: string, ...members: readonly Uint8Array[]): Promise<Message> {
    return this.channel.call(`/vm.VM/${method}`, ...members);
  }

  /** gRPC's health check: 1 is serving. */
  async check(): Promise<bigint> {
    return (await this.channel.call('/grpc.health.v1.Health/Check')).number(1);
  }

  async initialize({
    genesis,
    chainDataDir,
    config = '',
    networkId = 1,
  }: AvalancheStart): Promise<AvalancheBlock> {
    const id = Buffer.alloc(32, 9);
    const answer = await this.vm(
      'Initialize',
      int(1, networkId),
      len(2, id),
      len(3, id),
      len(4, Buffer.alloc(20, 3)),
      len(5, Buffer.alloc(48, 4)),
      len(6, id),
      len(7, id),
      len(8, id),
      len(9, chainDataDir),
      len(10, genesis),
      len(12, config),
      len(13, '127.0.0.1:1'),
      len(14, '127.0.0.1:2'),
      len(15, int(5, 7)),
    );
    return lastAccepted(answer);
  }

  /** 1 syncing, 2 bootstrapping, 3 normal. */
  async setState(state: number): Promise<AvalancheBlock> {
    return lastAccepted(await this.vm('SetState', int(1, state)));
  }

  async version(): Promise<string> {
    return (await this.vm('Version')).text(1);
  }

  async health(): Promise<{ healthy: boolean }> {
    return JSON.parse((await this.vm('Health')).text(1));
  }

  async waitForEvent(): Promise<bigint> {
    return (await this.vm('WaitForEvent')).number(1);
  }

  async buildBlock(pChainHeight?: number): Promise<AvalancheBlock> {
    const context = pChainHeight === undefined ? [] : [int(1, pChainHeight)];
    const answer = await this.vm('BuildBlock', ...context);
    return {
      id: answer.bytes(1),
      parent: answer.bytes(2),
      bytes: answer.bytes(3),
      height: answer.number(4),
      seconds: secondsOf(answer, 5),
    };
  }

  async parseBlock(bytes: Uint8Array): Promise<Omit<AvalancheBlock, 'bytes'>> {
    return parsed(await this.vm('ParseBlock', len(1, bytes)));
  }

  async parseBlocks(list: readonly Uint8Array[]): Promise<readonly Omit<AvalancheBlock, 'bytes'>[]> {
    const answer = await this.vm('BatchedParseBlock', ...list.map((bytes) => len(1, bytes)));
    return answer.list(1).map((bytes) => parsed(new Message(bytes)));
  }

  /** Undefined where the plugin says "not found". */
  async getBlock(id: Uint8Array): Promise<Omit<AvalancheBlock, 'id'> | undefined> {
    const answer = await this.vm('GetBlock', len(1, id));
    const seconds = secondsOf(answer, 5);
    const error = answer.number(6);
    if (error === 2n) return undefined;
    if (error !== 0n) throw new Error(`GetBlock: error ${error}`);
    return { parent: answer.bytes(1), bytes: answer.bytes(2), height: answer.number(4), seconds };
  }

  async blockIdAt(height: bigint): Promise<Uint8Array | undefined> {
    const answer = await this.vm('GetBlockIDAtHeight', int(1, height));
    return answer.number(2) === 0n ? answer.bytes(1) : undefined;
  }

  async ancestors(id: Uint8Array, count: number, size: number): Promise<readonly Uint8Array[]> {
    const answer = await this.vm(
      'GetAncestors',
      len(1, id),
      int(2, count),
      int(3, size),
      int(4, 5_000_000_000),
    );
    return answer.list(1).map((bytes) => new Uint8Array(bytes));
  }

  async setPreference(id: Uint8Array): Promise<void> {
    await this.vm('SetPreference', len(1, id));
  }

  async verify(bytes: Uint8Array, pChainHeight?: number): Promise<bigint> {
    const context = pChainHeight === undefined ? [] : [int(2, pChainHeight)];
    return secondsOf(await this.vm('BlockVerify', len(1, bytes), ...context), 1);
  }

  async accept(id: Uint8Array): Promise<void> {
    await this.vm('BlockAccept', len(1, id));
  }

  async reject(id: Uint8Array): Promise<void> {
    await this.vm('BlockReject', len(1, id));
  }

  /** Where the servers of `http.HTTP` are, by prefix. */
  async createHandlers(): Promise<ReadonlyMap<string, string>> {
    const answer = await this.vm('CreateHandlers');
    return new Map(
      answer.list(1).map((bytes) => {
        const handler = new Message(bytes);
        return [handler.text(1), handler.text(2)] as const;
      }),
    );
  }

  /** Waits for work, builds, verifies, prefers and accepts: one whole block. */
  async makeBlock(): Promise<AvalancheBlock> {
    await this.waitForEvent();
    const block = await this.buildBlock();
    await this.verify(block.bytes);
    await this.setPreference(block.id);
    await this.accept(block.id);
    return block;
  }

  async shutdown(): Promise<void> {
    await this.vm('Shutdown');
  }

  close(): void {
    this.channel.close();
  }
}

const parsed = (answer: Message): Omit<AvalancheBlock, 'bytes'> => ({
  id: answer.bytes(1),
  parent: answer.bytes(2),
  height: answer.number(4),
  seconds: secondsOf(answer, 5),
});

const lastAccepted = (answer: Message): AvalancheBlock => ({
  id: answer.bytes(1),
  parent: answer.bytes(2),
  height: answer.number(3),
  bytes: answer.bytes(4),
  seconds: secondsOf(answer, 5),
});

/** An answer of the plugin's HTTP, as a node sends it on. */
export interface PassedAnswer {
  readonly code: bigint;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

/** Passes an HTTP request on as a node does. */
export async function passOn(
  channel: GrpcChannel,
  method: string,
  url: string,
  { headers = {}, body = new Uint8Array(0) }: { headers?: Record<string, string>; body?: Uint8Array } = {},
): Promise<PassedAnswer> {
  const elements = Object.entries(headers).map(([key, value]) =>
    len(3, Buffer.concat([len(1, key), len(2, value)])),
  );
  const answer = await channel.call(
    '/http.HTTP/HandleSimple',
    len(1, method),
    len(2, url),
    ...elements,
    len(4, body),
  );
  return {
    code: answer.number(1),
    headers: new Map(
      answer.list(2).map((bytes) => {
        const element = new Message(bytes);
        return [element.text(1), element.text(2)] as const;
      }),
    ),
    body: answer.bytes(3),
  };
}
