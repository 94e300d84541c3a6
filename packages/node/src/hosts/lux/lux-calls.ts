import { utf8ToBytes } from '@aivm/core/bytes';
import type { BlockView, PluginChain } from '../plugin/plugin-chain.ts';
import { type BodyReader, BodyWriter } from './zap-body.ts';

/** What calls work on. */
export interface CallScope {
  readonly chain: PluginChain;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Address of the plain HTTP server that the node passes requests on to. */
  readonly serveHandlers: () => Promise<{ readonly prefixes: readonly string[]; readonly address: string }>;
}

/** One kind of request. */
export interface Call {
  readonly name: string;
  /** Whoever asks for it drives the chain: one connection alone may. */
  readonly drives: boolean;
  answer(body: BodyReader, scope: CallScope): Promise<Uint8Array>;
}

const EMPTY = new Uint8Array(0);
/** Answers of GetBlock and GetBlockIDAtHeight. */
const ERROR = { none: 0, notFound: 2 } as const;
const NANOSECONDS = 1_000_000_000n;
const NANOSECONDS_PER_MS = 1_000_000;

const nanoseconds = (seconds: number): bigint => BigInt(seconds) * NANOSECONDS;

const writeLast = ({ id, parentId, height, bytes, timestamp }: BlockView): Uint8Array =>
  new BodyWriter().bytes(id).bytes(parentId).u64(height).bytes(bytes).u64(nanoseconds(timestamp)).end();

function writeBlock(to: BodyWriter, block: BlockView): BodyWriter {
  const { id, parentId, bytes, height, timestamp } = block;
  return to
    .bytes(id)
    .bytes(parentId)
    .bytes(bytes)
    .u64(height)
    .u64(nanoseconds(timestamp))
    .bool(false)
    .u8(ERROR.none);
}

const noBlock = (): Uint8Array =>
  new BodyWriter().bytes(EMPTY).bytes(EMPTY).bytes(EMPTY).u64(0).u64(0).bool(false).u8(ERROR.notFound).end();

async function initialize(body: BodyReader, { chain }: CallScope): Promise<Uint8Array> {
  const networkId = body.u32('networkID');
  for (const name of ['chainID', 'nodeID', 'publicKey', 'xChain', 'cChain', 'asset']) body.bytes(name);
  const chainDataDir = body.text('chainDataDir');
  const genesis = body.bytes('genesis');
  body.bytes('upgrade');
  const config = body.bytes('config');
  for (const name of ['dbServerAddr', 'serverAddr']) body.text(name);
  return writeLast(await chain.initialize({ networkId, chainDataDir, genesis, config }));
}

async function getAncestors(body: BodyReader, { chain }: CallScope): Promise<Uint8Array> {
  const id = body.bytes('id');
  const count = body.i32('count');
  const bytes = body.i32('size');
  const timeMs = Number(body.i64('time')) / NANOSECONDS_PER_MS;
  const found = chain.ancestors(id, { count, bytes, timeMs });
  const writer = new BodyWriter().u32(found.length);
  for (const block of found) writer.bytes(block);
  return writer.end();
}

async function parseBlocks(body: BodyReader, { chain }: CallScope): Promise<Uint8Array> {
  const list = body.list('blocks');
  const writer = new BodyWriter().u32(list.length);
  for (const bytes of list) writeBlock(writer, await chain.parse(bytes));
  return writer.end();
}

async function createHandlers(_body: BodyReader, scope: CallScope): Promise<Uint8Array> {
  const { prefixes, address } = await scope.serveHandlers();
  const writer = new BodyWriter().u32(prefixes.length);
  for (const prefix of prefixes) writer.text(prefix).text(address);
  return writer.end();
}

/** Calls whose answer is empty. */
const then = async (done: Promise<unknown>): Promise<Uint8Array> => {
  await done;
  return EMPTY;
};

const driving = (name: string, answer: Call['answer']): Call => ({ name, drives: true, answer });

/** What nodes send for features that this chain has not: it is taken and has no effect. */
const IGNORED = [15, 16, 17, 18, 19, 23, 24, 25, 26, 27, 31, 40, 41, 42, 43, 50, 51, 52];

/** The kinds of requests by their number. */
export const CALLS: ReadonlyMap<number, Call> = new Map<number, Call>([
  ...IGNORED.map((type) => [type, driving(`type ${type}`, async () => EMPTY)] as const),
  [1, driving('Initialize', initialize)],
  [
    2,
    driving('SetState', (body, { chain }) => {
      return then(chain.setState(body.u8('state')));
    }),
  ],
  [3, driving('Shutdown', (_body, { chain }) => then(chain.shutdown()))],
  [4, driving('CreateHandlers', createHandlers)],
  [5, driving('NewHTTPHandler', async () => new BodyWriter().text('').end())],
  [
    6,
    driving('WaitForEvent', async (_body, { chain, signal }) => {
      return new BodyWriter().u8(await chain.waitForEvent({ signal })).end();
    }),
  ],
  [7, driving('Connected', (body, { chain }) => then(chain.connected(body.bytes('nodeID'))))],
  [8, driving('Disconnected', (body, { chain }) => then(chain.disconnected(body.bytes('nodeID'))))],
  [
    9,
    driving('BuildBlock', async (_body, { chain, signal }) => {
      return writeBlock(new BodyWriter(), await chain.build({ signal })).end();
    }),
  ],
  [
    10,
    driving('ParseBlock', async (body, { chain }) => {
      return writeBlock(new BodyWriter(), await chain.parse(body.bytes('block'))).end();
    }),
  ],
  [
    11,
    driving('GetBlock', async (body, { chain }) => {
      const block = chain.get(body.bytes('id'));
      return block === undefined ? noBlock() : writeBlock(new BodyWriter(), block).end();
    }),
  ],
  [12, driving('SetPreference', (body, { chain }) => then(chain.setPreference(body.bytes('id'))))],
  [
    13,
    driving('Health', async (_body, { chain }) => {
      return new BodyWriter().bytes(utf8ToBytes((await chain.health()).json)).end();
    }),
  ],
  [
    14,
    {
      name: 'Version',
      drives: false,
      answer: async (_body, { chain }) => new BodyWriter().text(chain.version()).end(),
    },
  ],
  [20, driving('GetAncestors', getAncestors)],
  [21, driving('BatchedParseBlock', parseBlocks)],
  [
    22,
    driving('GetBlockIDAtHeight', async (body, { chain }) => {
      const id = chain.idAtHeight(body.u64('height'));
      const error = id === undefined ? ERROR.notFound : ERROR.none;
      return new BodyWriter()
        .bytes(id ?? EMPTY)
        .u8(error)
        .end();
    }),
  ],
  // A height of another chain may follow the block: nothing here depends on it.
  [28, driving('BlockVerify', (body, { chain }) => then(chain.verify(body.bytes('block'))))],
  [29, driving('BlockAccept', (body, { chain }) => then(chain.accept(body.bytes('id'))))],
  [30, driving('BlockReject', (body, { chain }) => then(chain.reject(body.bytes('id'))))],
]);

export const INITIALIZE = 1;
export const SHUTDOWN = 3;
