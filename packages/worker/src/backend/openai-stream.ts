import type { JsonValue } from '@aivm/core/bytes';
import { type OutputPiece, parseJson } from '@aivm/sdk';
import { BackendError } from './backend-error.ts';

type Members = Record<string, JsonValue>;

const isMembers = (value: JsonValue | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The chunks of a streamed answer. @throws BackendError for a stream that breaks off, is too long, or tells of an error */
export async function* readChunks(
  response: Response,
  { bytesMax, url }: { readonly bytesMax: number; readonly url: string },
): AsyncGenerator<Members, void, undefined> {
  const decoder = new TextDecoder();
  let buffer = '';
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += (part as Uint8Array).length;
    if (bytes > bytesMax) throw new BackendError('tooMuch', `${url}: more than ${bytesMax} bytes`);
    buffer += decoder.decode(part as Uint8Array, { stream: true });
    for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
      const line = buffer.slice(0, end).trimEnd();
      buffer = buffer.slice(end + 1);
      if (!line.startsWith('data:')) continue;
      const data = line.slice(5).trim();
      if (data === '[DONE]') return;
      const chunk = parseJson(data);
      if (!isMembers(chunk)) throw new BackendError('noJson', `${url}: a chunk is no object`);
      if (chunk.error !== undefined)
        throw new BackendError('serverFailed', `${url}: ${JSON.stringify(chunk.error).slice(0, 500)}`);
      yield chunk;
    }
  }
  throw new BackendError('serverFailed', `${url}: the stream broke off`);
}

/** What the pieces of one choice come to. */
interface Joined {
  text: string;
  finish: JsonValue;
  usage: JsonValue | undefined;
  readonly tools: Map<number, Members>;
}

/** Calls of tools come in pieces too: the arguments are text that goes on. */
function joinTool(joined: Joined, piece: JsonValue): void {
  if (!isMembers(piece)) return;
  const { index = 0, function: called, ...rest } = piece;
  const known = joined.tools.get(Number(index)) ?? {};
  const before = isMembers(known.function) ? known.function : {};
  const now = isMembers(called) ? called : {};
  const text = `${String(before.arguments ?? '')}${String(now.arguments ?? '')}`;
  joined.tools.set(Number(index), { ...known, ...rest, function: { ...before, ...now, arguments: text } });
}

function take(joined: Joined, chunk: Members, onPiece: (piece: OutputPiece) => void): void {
  if (chunk.usage !== undefined && chunk.usage !== null) joined.usage = chunk.usage;
  const [choice] = Array.isArray(chunk.choices) ? chunk.choices : [];
  if (!isMembers(choice)) return;
  if (choice.finish_reason !== undefined && choice.finish_reason !== null)
    joined.finish = choice.finish_reason;
  const delta = isMembers(choice.delta) ? choice.delta : {};
  for (const piece of Array.isArray(delta.tool_calls) ? delta.tool_calls : []) joinTool(joined, piece);
  const text = typeof choice.text === 'string' ? choice.text : delta.content;
  if (typeof text !== 'string' || text === '') return;
  joined.text += text;
  onPiece({ text });
}

/** One answer of the pieces of a streamed one, as the server would have given it whole. */
export async function joinChunks(
  chunks: AsyncIterable<Members>,
  {
    route,
    url,
    onPiece,
  }: {
    readonly route: 'chat/completions' | 'completions';
    readonly url: string;
    readonly onPiece: (piece: OutputPiece) => void;
  },
): Promise<JsonValue> {
  const joined: Joined = { text: '', finish: null, usage: undefined, tools: new Map() };
  let isAny = false;
  for await (const chunk of chunks) {
    isAny = true;
    take(joined, chunk, onPiece);
  }
  if (!isAny) throw new BackendError('noJson', `${url}: a stream without chunks`);
  const tools = [...joined.tools.entries()].sort(([left], [right]) => left - right).map(([, tool]) => tool);
  const message = {
    role: 'assistant',
    content: joined.text,
    ...(tools.length === 0 ? {} : { tool_calls: tools }),
  };
  const content: Members = route === 'completions' ? { text: joined.text } : { message };
  const choice: Members = { index: 0, ...content, finish_reason: joined.finish };
  return { choices: [choice], ...(joined.usage === undefined ? {} : { usage: joined.usage }) };
}
