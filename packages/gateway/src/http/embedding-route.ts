import { embeddingAnswer } from '../openai/answers.ts';
import { openaiErrorOf } from '../openai/openai-error.ts';
import { parseEmbeddingRequest } from '../openai/requests.ts';
import { requireModel } from '../tasks/catalogue.ts';
import { embeddingTasks } from '../tasks/embedding-task.ts';
import type { PaidTask } from '../tasks/task-desk.ts';
import { aivmFieldsOf, baseOf, type GatewayCall, type GatewayContext } from './gateway-context.ts';

const idsOf = (paid: readonly PaidTask[]): string => paid.map(({ task }) => task.id).join(',');

/** Texts before this one were paid for: a client that repeats by itself would pay for them again. @throws OpenaiError */
function thrownBehind(paid: readonly PaidTask[], error: unknown): never {
  throw paid.length === 0 ? error : openaiErrorOf(error, idsOf(paid));
}

/** Serves `POST /v1/embeddings`: a network reads each text in a task of its own. */
export async function serveEmbeddings(
  c: GatewayCall,
  context: GatewayContext,
  body: unknown,
): Promise<Response> {
  const { desk, until } = context;
  const request = parseEmbeddingRequest(body);
  const key = c.get('key');
  const facts = await requireModel(desk.connectionOf(key), request.model, 'embeddings');
  const tasks = await embeddingTasks(request, facts);
  const name = c.req.header('idempotency-key');
  const paid: PaidTask[] = [];
  // One after the other, so that a limit in the middle refuses what comes behind it.
  for (const [i, { input }] of tasks.entries()) {
    const asked = {
      ...{ model: request.model, input, own: request.aivm, type: 'embedding' as const },
      idempotencyKey: name === undefined ? undefined : `${name}|${i}`,
    };
    paid.push(await desk.submit(key, asked).catch((error: unknown) => thrownBehind(paid, error)));
  }
  const results = await Promise.all(
    paid.map((one) => desk.result(one, request.aivm?.until ?? until, c.req.raw.signal)),
  );
  const each = tasks.map((task, i) => ({ task, result: results[i] as (typeof results)[number] }));
  const answer = embeddingAnswer(request.model, {
    vectors: each.flatMap(({ task, result }) => task.read(result)),
    format: request.encoding_format ?? 'float',
    tokens: each.reduce((sum, { task, result }) => sum + task.countTokens(result), 0),
    aivm: results.map((result) => aivmFieldsOf(baseOf(context, c), result)),
  });
  return c.json(answer, 200, { 'aivm-task-id': idsOf(paid) });
}
