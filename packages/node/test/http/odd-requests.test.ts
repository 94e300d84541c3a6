import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Fixture, startFixture } from './fixture.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function post(
  { server }: Fixture,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method: 'POST',
    body: body as BodyInit,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const TASK = '{"id":"t-1","type":"inference","model":"qwen3-8b","input":"x","fee":10000000}';

describe('half of a surrogate pair', () => {
  it.each([
    ['/tasks/submit', TASK.replace('t-1', 'a\\ud800'), 'body.id'],
    ['/tasks/submit', TASK.replace('"type":"inference"', '"type":"\\udc00"'), 'body.type'],
    ['/tasks/submit', TASK.replace('"model":"qwen3-8b"', '"model":"q\\ud83dx"'), 'body.model'],
    ['/tasks/submit', TASK.replace('"input":"x"', '"input":{"a":["\\ud800"]}'), 'body.input.a[0]'],
    ['/tasks/result', '{"task_id":"a\\ud800","provider_id":"b","output":1}', 'body.task_id'],
    ['/tasks/result', '{"task_id":"a","provider_id":"b","error":"\\udfff"}', 'body.error'],
    ['/providers/register', '{"id":"p1","endpoint":"http://x\\ud800","gpus":[]}', 'body.endpoint'],
    ['/providers/register', '{"id":"p1","gpus":[{},{"model":"\\ud800"}]}', 'body.gpus[1].model'],
    ['/rewards/claim', '{"provider_id":"a\\ud800"}', 'body.provider_id'],
  ])('in a POST %s of %s is refused with the name of the field', async (path, body, field) => {
    const fixture = await startFixture();
    const { status, text } = await post(fixture, path, body);
    expect(status, text).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ code: 'malformed' });
    expect(text).toContain(`${field}: half of a surrogate pair`);
    expect(fixture.log.errors).toEqual([]);
  });

  it('is not a whole pair, however it is escaped', async () => {
    const fixture = await startFixture();
    expect((await post(fixture, '/tasks/submit', TASK.replace('"x"', '"\\ud83d\\ude00 😀"'))).status).toBe(
      200,
    );
  });
});

describe('a compressed body', () => {
  it('is read when it is gzip, and bounded by what it holds', async () => {
    const fixture = await startFixture();
    const gzip = { 'content-encoding': 'gzip' };
    expect((await post(fixture, '/tasks/submit', gzipSync(TASK), gzip)).status).toBe(200);
    const bomb = gzipSync(`"${' '.repeat(50_000_000)}"`);
    expect((await post(fixture, '/tasks/submit', bomb, gzip)).status).toBe(413);
    const cut = await post(fixture, '/tasks/submit', gzipSync(TASK).subarray(0, 40), gzip);
    expect([cut.status, cut.text]).toEqual([400, expect.stringContaining('not gzip')]);
    const plain = await post(fixture, '/tasks/submit', TASK, gzip);
    expect([plain.status, plain.text]).toEqual([400, expect.stringContaining('not gzip')]);
  });

  it('of another kind is refused by name', async () => {
    const fixture = await startFixture();
    const { status, text } = await post(fixture, '/tasks/submit', TASK, { 'content-encoding': 'br' });
    expect(status).toBe(415);
    expect(text).toContain('content-encoding: expected gzip or none, got \\"br\\"');
  });
});

describe('JSON that would take long', () => {
  it.each([
    ['a million digits', '9'.repeat(1_040_000), '1040000 digits in a row'],
    ['nested arrays', '['.repeat(300) + ']'.repeat(300), 'nested 300 deep'],
    ['300,000 values', `[${Array(300_000).fill('1').join()}]`, '300001 values'],
    ['20,000 members', `[${Array(20_000).fill('{"a":1}').join()}]`, '20000 members'],
  ])('is refused before it is parsed: %s', async (_, body, detail) => {
    const fixture = await startFixture();
    const { status, text } = await post(fixture, '/tx', body);
    expect(status).toBe(400);
    expect(text).toContain(detail);
  });

  it('is told without the words of a parser', async () => {
    const fixture = await startFixture();
    for (const body of ['{"a":', '{', "{'a':1}", '[1,]', '', '{"a" 1}', '18446744073709551615,']) {
      const { text } = await post(fixture, '/tasks/submit', body);
      expect(text).toMatch(/JSON: (not JSON|there is no text)/);
      expect(text).not.toMatch(/Unexpected|Expected|token|property name/);
    }
  });
});

describe('a member that nobody knows', () => {
  it('is told in the answer of a route of the Go service, and ignored', async () => {
    const fixture = await startFixture();
    const body = TASK.replace('"fee"', '"deadline_block":5,"redundancy":{"m":0,"n":0,"q":1},"fee"');
    const { status, headers, text } = await post(fixture, '/tasks/submit?pretty=1', body);
    expect(status, text).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      success: true,
      taskId: 't-1',
      warnings: [
        'query.pretty: unknown, ignored',
        'body.deadline_block: unknown, ignored',
        'body.redundancy.q: unknown, ignored',
      ],
    });
    expect(headers.get('warning')).toContain('299 - "body.deadline_block: unknown, ignored"');
    const clean = await post(fixture, '/tasks/submit', TASK.replace('t-1', 't-2'));
    expect(JSON.parse(clean.text)).toEqual({ success: true, taskId: 't-2' });
    const read = await fetch(`${fixture.server.url}/stats?deep=yes`);
    expect([read.status, read.headers.get('warning')]).toEqual([200, '299 - "query.deep: unknown, ignored"']);
  });

  it.each([
    ['/blocks?form=3', 'query.form: this route takes from, limit'],
    ['/events?since=3', 'query.since: this route takes after'],
    ['/config?x', 'query.x: this route takes no parameters'],
    ['/disputes?verdct=open', 'query.verdct: this route takes verdict, cursor, limit'],
  ])('is refused by name by %s', async (path, detail) => {
    const { server } = await startFixture();
    const answer = await fetch(server.url + path);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'malformed', detail });
  });
});

describe('what is wrong with a field', () => {
  it.each([
    ['/tasks/submit', TASK.replace('"t-1"', '7'), 'body.id: expected text, got 7'],
    ['/tasks/submit', TASK.replace('"id":"t-1",', ''), 'body.id: expected text, got nothing'],
    ['/providers/register', '{"id":"p","gpus":{}}', 'body.gpus: expected a list, got an object'],
    ['/providers/register', '{"id":"p","gpus":[{"available":"yes"}]}', 'expected true or false, got "yes"'],
    ['/tasks/submit', '[]', 'body: expected an object, got a list'],
    ['/tx', '[]', 'body: expected at least 1 entries'],
  ])('is told in our own words: POST %s %s', async (path, body, detail) => {
    const fixture = await startFixture();
    const { text } = await post(fixture, path, body);
    expect((JSON.parse(text) as { detail: string }).detail).toContain(detail);
    expect(text).not.toMatch(/Invalid|zod/i);
  });

  it('names what a choice may be', async () => {
    const { server } = await startFixture();
    const answer = await fetch(`${server.url}/tx/0x${'00'.repeat(32)}?until=soon`);
    expect(await answer.json()).toMatchObject({
      detail: 'query.until: expected one of accepted, final, got "soon"',
    });
  });
});

describe('an address that is no route', () => {
  it('but a place to begin says where everything is', async () => {
    const { server } = await startFixture();
    for (const url of [server.url, new URL('/', server.url).href]) {
      const answer = await fetch(url);
      expect(answer.status).toBe(200);
      expect(await answer.json()).toMatchObject({
        service: 'AIVM node',
        chain_id: 1337,
        rpc: '/rpc',
        openapi: '/rpc/openapi.json',
        routes: expect.arrayContaining(['POST /rpc/tx', 'GET /rpc/stats']) as string[],
      });
    }
  });
});

describe('a bug', () => {
  it('is logged whole, under the id that the answer gives', async () => {
    const fixture = await startFixture();
    const lines: Readonly<Record<string, unknown>>[] = [];
    Object.assign(fixture.log, { error: (fields: Readonly<Record<string, unknown>>) => lines.push(fields) });
    fixture.node.lastAccepted = () => {
      throw new TypeError('a thing is not a thing', { cause: new Error('the first cause') });
    };
    const answer = await fetch(`${fixture.server.url}/merkle`);
    expect(answer.status).toBe(500);
    const id = answer.headers.get('x-request-id');
    expect(((await answer.json()) as { detail: string }).detail).toContain(`request ${id}`);
    expect(lines).toEqual([
      {
        err: {
          name: 'TypeError',
          message: 'a thing is not a thing',
          stack: expect.stringContaining('odd-requests.test.ts') as string,
          cause: expect.objectContaining({ name: 'Error', message: 'the first cause' }) as object,
        },
        request: id,
        method: 'GET',
        path: '/rpc/merkle',
      },
    ]);
    // Whoever writes it as JSON loses nothing.
    expect(JSON.stringify(lines)).toContain('a thing is not a thing');
  });
});
