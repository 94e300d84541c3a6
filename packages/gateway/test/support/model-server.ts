import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small OpenAI-compatible server: it answers with the words of the last message in capitals. */
export interface ModelServer {
  readonly baseUrl: string;
  readonly requests: { readonly path: string; readonly body: Record<string, unknown> }[];
  close(): Promise<void>;
}

const KEY = 'server-secret';

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part as string;
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

interface Message {
  readonly content: string;
}

const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };

function answerOf(path: string, body: Record<string, unknown>): Record<string, unknown> {
  if (path === '/v1/embeddings') {
    const texts = [body.input as string | string[]].flat();
    const data = texts.map((text, index) => ({
      object: 'embedding',
      index,
      embedding: [text.length, 0.25, -1],
    }));
    return { object: 'list', data, usage: { prompt_tokens: 3, total_tokens: 3 } };
  }
  if (path === '/v1/completions')
    return {
      id: 'x',
      choices: [{ index: 0, text: String(body.prompt).toUpperCase(), finish_reason: 'stop' }],
      usage,
    };
  const { content } = (body.messages as Message[]).at(-1) ?? { content: '' };
  const tools =
    body.tools === undefined
      ? undefined
      : [{ id: 'call-1', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }];
  const message =
    tools === undefined
      ? { role: 'assistant', content: content.toUpperCase() }
      : { role: 'assistant', content: null, tool_calls: tools };
  return {
    id: 'x',
    created: Date.now(),
    choices: [{ index: 0, message, finish_reason: tools === undefined ? 'stop' : 'tool_calls' }],
    usage,
  };
}

function streamAnswer(response: ServerResponse, path: string, body: Record<string, unknown>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (value: object): void => void response.write(`data: ${JSON.stringify(value)}\n\n`);
  const [choice] = answerOf(path, body).choices as [Record<string, unknown>];
  const message = choice.message as
    | { content: string | null; tool_calls?: { function: { arguments: string } }[] }
    | undefined;
  const text = message === undefined ? String(choice.text) : (message.content ?? '');
  for (const word of text.match(/\s*\S+/g) ?? [])
    send({
      choices: [{ index: 0, ...(message === undefined ? { text: word } : { delta: { content: word } }) }],
    });
  for (const [index, tool] of (message?.tool_calls ?? []).entries()) {
    send({
      choices: [
        {
          index: 0,
          delta: { tool_calls: [{ index, ...tool, function: { ...tool.function, arguments: '{"at"' } }] },
        },
      ],
    });
    send({ choices: [{ index: 0, delta: { tool_calls: [{ index, function: { arguments: ':1}' } }] } }] });
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: choice.finish_reason }] });
  send({ choices: [], usage });
  response.end('data: [DONE]\n\n');
}

export async function startModelServer(): Promise<ModelServer> {
  const requests: ModelServer['requests'] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const body = await bodyOf(request);
    const json = (status: number, value: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (request.headers.authorization !== `Bearer ${KEY}`) return json(401, { error: { message: 'who?' } });
    if (path === '/v1/models') return json(200, { object: 'list', data: [{ id: 'capitals' }] });
    requests.push({ path, body });
    if (JSON.stringify(body).includes('please fail'))
      return json(500, { error: { message: 'out of memory' } });
    if (body.stream === true) return streamAnswer(response, path, body);
    return json(200, answerOf(path, body));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const MODEL_SERVER_KEY = KEY;
