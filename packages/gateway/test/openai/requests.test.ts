import { AivmError } from '@aivm/core/errors';
import { describe, expect, it } from 'vitest';
import { errorBody, OpenaiError, openaiErrorOf } from '../../src/openai/openai-error.ts';
import {
  parseChatRequest,
  parseCompletionRequest,
  parseEmbeddingRequest,
} from '../../src/openai/requests.ts';

const message = { role: 'user', content: 'hi' };

describe('a request', () => {
  it.each([
    ['messages', parseChatRequest, { model: 'm' }],
    ['messages', parseChatRequest, { model: 'm', messages: [] }],
    ['messages[0].role', parseChatRequest, { model: 'm', messages: [{ ...message, role: 'king' }] }],
    ['model', parseChatRequest, { messages: [message] }],
    ['max_tokens', parseChatRequest, { model: 'm', messages: [message], max_tokens: 0 }],
    ['stop', parseChatRequest, { model: 'm', messages: [message], stop: ['a', 'b', 'c', 'd', 'e'] }],
    ['aivm.until', parseChatRequest, { model: 'm', messages: [message], aivm: { until: 'tomorrow' } }],
    ['aivm', parseChatRequest, { model: 'm', messages: [message], aivm: { untill: 'final' } }],
    ['prompt', parseCompletionRequest, { model: 'm', prompt: [] }],
    ['input', parseEmbeddingRequest, { model: 'm', input: 7 }],
    [undefined, parseEmbeddingRequest, 'hi'],
  ] as const)('that does not fit is refused by its member: %s', (param, parse, body) => {
    try {
      parse(body);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(OpenaiError);
      expect((error as OpenaiError).fields).toMatchObject({ status: 400, param });
    }
  });

  it('keeps members that only the model knows', () => {
    expect(parseChatRequest({ model: 'm', messages: [message], top_k: 4 })).toMatchObject({ top_k: 4 });
  });
});

describe('an error', () => {
  it('of the chain has the status and code of the API, and says whether a repeat makes sense', () => {
    expect(openaiErrorOf(new AivmError('queue_full', 'full')).fields).toMatchObject({
      status: 503,
      isRepeatable: true,
    });
    const paid = openaiErrorOf(new AivmError('queue_full', 'full'), 't-1');
    expect(paid.fields).toMatchObject({ isRepeatable: false, taskId: 't-1' });
    expect(errorBody(paid).error).toMatchObject({ type: 'server_error', aivm: { task_id: 't-1' } });
  });

  it('that is a bug tells nothing of it', () => {
    const error = openaiErrorOf(new Error('secret'));
    expect(error.fields.status).toBe(500);
    expect(JSON.stringify(errorBody(error))).not.toContain('secret');
  });
});
