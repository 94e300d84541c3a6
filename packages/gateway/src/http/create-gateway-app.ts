import { setMaxListeners } from 'node:events';
import { AivmError } from '@aivm/core/errors';
import { parseJson } from '@aivm/sdk';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { routePath } from 'hono/route';
import { errorBody, invalidRequest, OpenaiError, openaiErrorOf } from '../openai/openai-error.ts';
import { listServed, modelAnswer } from '../tasks/catalogue.ts';
import { serveEmbeddings } from './embedding-route.ts';
import { Concurrency, type GatewayCall, type GatewayContext, type GatewayEnv } from './gateway-context.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { serveReceipt, serveTask } from './task-routes.ts';
import { serveText } from './text-routes.ts';
import { serveUsage, serveUsagePage } from './usage-routes.ts';

const JSON_BOUNDS = { valuesMax: 100_000, membersMax: 16_384, depthMax: 128 } as const;

async function readBody(c: GatewayCall): Promise<unknown> {
  const text = await c.req.text();
  try {
    return parseJson(text, JSON_BOUNDS);
  } catch (cause) {
    if (!(cause instanceof AivmError)) throw cause;
    throw invalidRequest(`the body is no JSON: ${cause.detail}`, undefined, 'invalid_json');
  }
}

/** An error as OpenAI's clients read it; they repeat by themselves what is not forbidden. */
function errorResponse(c: GatewayCall, error: OpenaiError): Response {
  const { status, isRepeatable = false, taskId } = error.fields;
  return c.json(errorBody(error), status as 400, {
    'x-should-retry': String(isRepeatable),
    ...(isRepeatable ? { 'retry-after': '1' } : {}),
    // What is left of the body is not read.
    ...(status === 413 ? { connection: 'close' } : {}),
    ...(taskId === undefined ? {} : { 'aivm-task-id': taskId }),
  });
}

const unknownRoute = (c: GatewayCall): OpenaiError =>
  new OpenaiError(`${c.req.method} ${c.req.path}: this gateway has no such route`, {
    ...{ status: 404, type: 'invalid_request_error', code: 'unknown_url' },
  });

/** The routes of the OpenAI API over tasks of a chain. */
export function createGatewayApp(
  context: GatewayContext,
  {
    bodyBytesMax,
    concurrencyMax,
    metrics,
  }: {
    readonly bodyBytesMax: number;
    readonly concurrencyMax: number;
    readonly metrics: GatewayMetrics;
  },
): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>();
  const concurrency = new Concurrency(concurrencyMax);
  const { keys, desk, log } = context;

  app.use(async (c, next) => {
    const requestId = crypto.randomUUID();
    c.set('requestId', requestId);
    c.header('x-request-id', requestId);
    // A stream, its waits and the provider all listen to one signal.
    setMaxListeners(0, c.req.raw.signal);
    const answered = metrics.begin();
    await next();
    const { method, path } = c.req;
    const { status } = c.res;
    // Unknown paths are words of strangers; the last route that matched is the one that answered.
    const route = routePath(c, -1);
    answered({ route: route.includes('*') ? '' : route, method, status });
    log({ event: 'request', requestId, method, path, status });
  });
  app.onError((error, c) => {
    const shown = openaiErrorOf(error);
    if (shown.fields.status >= 500)
      log({ event: 'failed', requestId: c.get('requestId'), error: error.message, stack: error.stack });
    return errorResponse(c, shown);
  });
  app.notFound((c) => errorResponse(c, unknownRoute(c)));

  app.get('/usage', (c) => serveUsagePage(c));
  app.get('/health', (c) => c.json({ healthy: true }));
  app.use('/v1/*', async (c, next) => {
    c.set('key', keys.require(c.req.header('authorization')));
    await next();
  });
  const limit = bodyLimit({
    maxSize: bodyBytesMax,
    onError: (c) =>
      errorResponse(
        c as GatewayCall,
        new OpenaiError(`the body has more than ${bodyBytesMax} bytes`, {
          ...{ status: 413, type: 'invalid_request_error', code: 'too_large' },
        }),
      ),
  });
  app.get('/v1/models', async (c) => {
    const data = (await listServed(desk.connectionOf(c.get('key')))).map(modelAnswer);
    return c.json({ object: 'list', data });
  });
  app.get('/v1/models/:id', async (c) => c.json(await oneModel(c, context)));
  app.get('/v1/tasks/:id', (c) => serveTask(c, context));
  app.get('/v1/tasks/:id/receipt', (c) => serveReceipt(c, context));
  app.get('/v1/usage', (c) => serveUsage(c, context));

  const paid =
    (serve: (c: GatewayCall, body: unknown, release: () => void) => Promise<Response>) =>
    async (c: GatewayCall): Promise<Response> => {
      const release = concurrency.enter(c.get('key'));
      let isStream = false;
      try {
        const response = await serve(c, await readBody(c), release);
        isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
        return response;
      } finally {
        if (!isStream) release();
      }
    };
  app.post(
    '/v1/chat/completions',
    limit,
    paid((c, body, release) => serveText(c, context, { kind: 'chat', body, release })),
  );
  app.post(
    '/v1/completions',
    limit,
    paid((c, body, release) => serveText(c, context, { kind: 'completion', body, release })),
  );
  app.post(
    '/v1/embeddings',
    limit,
    paid((c, body) => serveEmbeddings(c, context, body)),
  );
  return app;
}

async function oneModel(c: GatewayCall, { desk }: GatewayContext): Promise<unknown> {
  const id = c.req.param('id');
  const found = (await listServed(desk.connectionOf(c.get('key')))).find(({ info }) => info.id === id);
  if (found !== undefined) return modelAnswer(found);
  throw new OpenaiError(`the model "${id}" is not one that this gateway serves`, {
    ...{ status: 404, type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  });
}
