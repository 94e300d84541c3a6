import { ERROR_CODES, type ErrorCode } from '@aivm/core/errors';
import { developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../support/place-of.ts';
import { type Fixture, startFixture } from './fixture.ts';

interface BadRequest {
  readonly method?: string;
  readonly path: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

const ask = ({ server }: Fixture, { method, path, body, headers }: BadRequest): Promise<Response> =>
  fetch(server.url + path, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    ...(body === undefined ? {} : { body: body as BodyInit }),
    headers: body === undefined ? {} : { 'content-type': 'application/json', ...headers },
  });

const task = (fields: string): string =>
  `{"id":"t-1","type":"inference","model":"qwen3-8b","input":{"a":1},"fee":10000000${fields}}`;
const taskWithout = (pattern: RegExp): string => task('').replace(pattern, '');

const post = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}): BadRequest => ({
  path,
  body,
  headers,
});
const submit = (body: string | Uint8Array, headers?: Record<string, string>): BadRequest =>
  post('/tasks/submit', body, headers);
const get = (path: string): BadRequest => ({ path });

const BAD: readonly (readonly [string, BadRequest, ErrorCode])[] = [
  ['no JSON', submit('{'), 'malformed'],
  ['an empty body', submit(''), 'malformed'],
  ['text that is not UTF-8', submit(Uint8Array.of(0x22, 0xff, 0x22)), 'malformed'],
  ['a list for an object', submit('[]'), 'malformed'],
  ['null', submit('null'), 'malformed'],
  ['a key twice', submit('{"id":"a","id":"b"}'), 'malformed'],
  ['very deep nesting', submit('['.repeat(100_000)), 'malformed'],
  ['no id', submit(taskWithout(/"id":"t-1",/)), 'malformed'],
  ['an id that is a number', submit(task('').replace('"t-1"', '1')), 'malformed'],
  ['an id with a space', submit(task('').replace('t-1', 't 1')), 'malformed'],
  ['an empty id', submit(task('').replace('t-1', '')), 'malformed'],
  ['an id of 65 characters', submit(task('').replace('t-1', 'x'.repeat(65))), 'too_large'],
  ['no input', submit(taskWithout(/"input":\{"a":1\},/)), 'malformed'],
  [
    'an integer beyond 2^53 in the input',
    submit(task('').replace('"a":1', '"a":9007199254740993')),
    'malformed',
  ],
  ['a lone surrogate in the input', submit(task('').replace('"a":1', '"a":"\\ud800"')), 'malformed'],
  ['a negative fee', submit(task('').replace('10000000', '-1')), 'out_of_range'],
  ['a fee of 2^64', submit(task('').replace('10000000', '18446744073709551616')), 'out_of_range'],
  ['a fee with a fraction', submit(task('').replace('10000000', '1.5')), 'out_of_range'],
  ['a fee in words', submit(task('').replace('10000000', '"much"')), 'malformed'],
  ['no fee', submit(taskWithout(/,"fee":10000000/)), 'fee_too_low'],
  ['a fee below the floor', submit(task('').replace('10000000', '999999')), 'fee_too_low'],
  ['an unknown model', submit(task('').replace('qwen3-8b', 'gpt-99')), 'unknown_model'],
  ['an unknown type', submit(task('').replace('inference', 'magic')), 'invalid_task'],
  ['a mode that this chain does not have', submit(task(',"mode":2')), 'not_supported'],
  ['a mode that does not exist', submit(task(',"mode":256')), 'out_of_range'],
  ['a deadline too far away', submit(task(',"deadline_blocks":10001')), 'out_of_range'],
  [
    'int8 out of range',
    submit(task('').replace('qwen3-8b', 'wdbc-int8').replace('{"a":1}', '[128]')),
    'invalid_input',
  ],
  [
    'too few int8',
    submit(task('').replace('qwen3-8b', 'wdbc-int8').replace('{"a":1}', '[1,2]')),
    'invalid_input',
  ],
  ['an object for int8', submit(task('').replace('qwen3-8b', 'wdbc-int8')), 'invalid_input'],
  ['an input above 64 KiB', submit(task('').replace('{"a":1}', `"${'x'.repeat(70_000)}"`)), 'too_large'],
  ['a body above 1 MiB', submit(task('').replace('{"a":1}', `"${'x'.repeat(1_100_000)}"`)), 'too_large'],
  ['text as content', submit('{}', { 'content-type': 'text/plain' }), 'unsupported_media_type'],
  [
    'a form',
    submit('a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
    'unsupported_media_type',
  ],
  ['an unknown task', get('/tasks?id=nobody'), 'task_not_found'],
  ['an unknown status', get('/tasks?status=happy'), 'malformed'],
  ['a limit above 100', get('/tasks?limit=101'), 'out_of_range'],
  ['a negative limit', get('/tasks?limit=-1'), 'out_of_range'],
  ['an unknown provider', get('/providers/nobody'), 'provider_not_found'],
  ['work of an unknown provider', get('/providers/nobody/work'), 'provider_not_found'],
  ['a wait that is no duration', get('/providers/nobody/work?wait=long'), 'malformed'],
  ['a wait above a minute', get('/providers/nobody/work?wait=2m'), 'out_of_range'],
  ['reward stats without id', get('/rewards/stats'), 'malformed'],
  ['reward stats of nobody', get('/rewards/stats?provider_id=nobody'), 'provider_not_found'],
  ['a claim without id', post('/rewards/claim', '{}'), 'malformed'],
  ['a claim of nobody', post('/rewards/claim', '{"provider_id":"nobody"}'), 'provider_not_found'],
  [
    'a result for an unknown task',
    post('/tasks/result', '{"task_id":"x","provider_id":"y","output":1}'),
    'task_not_found',
  ],
  ['a provider without id', post('/providers/register', '{}'), 'malformed'],
  [
    'a wallet that is no address',
    post('/providers/register', '{"id":"p","wallet_address":"bank"}'),
    'malformed',
  ],
  [
    'a wallet with a wrong checksum',
    post('/providers/register', '{"id":"p","wallet_address":"0xF39Fd6e51aad88F6F4ce6aB8827279cffFb92266"}'),
    'malformed',
  ],
  ['negative memory', post('/providers/register', '{"id":"p","gpus":[{"memory_gb":-1}]}'), 'out_of_range'],
  ['tflops in words', post('/providers/register', '{"id":"p","gpus":[{"tflops":"fast"}]}'), 'malformed'],
  ['an attestation that is none', post('/attestation/verify', '{}'), 'malformed'],
  [
    'evidence that is not base64',
    post('/attestation/verify', '{"gpu_attestation":{"local_evidence":{"spdm_report":"*"}}}'),
    'malformed',
  ],
  ['a transaction that is no hex', post('/tx', '"hello"'), 'malformed'],
  ['a transaction that is no text', post('/tx', '{"tx":"0x"}'), 'malformed'],
  ['an empty transaction', post('/tx', '"0x"'), 'malformed'],
  ['no transactions', post('/tx', '[]'), 'out_of_range'],
  ['1,001 transactions', post('/tx', JSON.stringify(Array(1_001).fill('0x'))), 'out_of_range'],
  ['a wait for something else', post('/tx?wait=soon', '"0x"'), 'malformed'],
  ['an unknown transaction', get(`/tx/0x${'00'.repeat(32)}`), 'not_found'],
  ['a hash that is too short', get('/tx/0x00'), 'out_of_range'],
  ['a hash that is no hex', get('/tx/abc'), 'malformed'],
  ['an address that is none', get('/accounts/0x00'), 'malformed'],
  ['a block that is not there', get('/blocks/999'), 'not_found'],
  ['a block by an unknown id', get(`/blocks/0x${'11'.repeat(32)}`), 'not_found'],
  ['a block by a broken id', get('/blocks/xyz'), 'malformed'],
  ['a negative height', get('/blocks/-1'), 'malformed'],
  ['blocks from a negative height', get('/blocks?from=-1'), 'out_of_range'],
  ['a receipt that is not there', get('/receipts/0'), 'not_found'],
  ['a receipt by name', get('/receipts/first'), 'malformed'],
  ['the proof of a receipt that is not there', get('/receipts/7/proof'), 'not_found'],
  ['a state key that is no hex', get('/state/chain/proof'), 'malformed'],
  ['an epoch cursor that is not ours', get('/epochs?cursor=x'), 'malformed'],
  ['a place that is none', get('/events?after=yesterday'), 'malformed'],
  ['an unknown route', get('/nothing'), 'not_found'],
  ['a path above the base', get('/../secret'), 'not_found'],
  ['a post to a read', { ...get('/providers'), method: 'POST' }, 'method_not_allowed'],
  ['a read of a write', get('/tasks/submit'), 'method_not_allowed'],
  ['a fixed path as an id', get('/providers/register'), 'method_not_allowed'],
  ['another verb', { ...get('/tasks'), method: 'DELETE' }, 'method_not_allowed'],
];

describe('bad input', () => {
  it('is refused with its own code, as a problem, and changes nothing', async () => {
    const fixture = await startFixture();
    const root = fixture.node.lastAccepted().header.stateRoot;
    for (const [name, request, code] of BAD) {
      const response = await ask(fixture, request);
      const text = await response.text();
      expect(text, name).toContain(`"code":"${code}"`);
      expect(response.status, name).toBe(ERROR_CODES[code].status);
      expect(response.headers.get('content-type'), name).toBe('application/problem+json');
      const problem = JSON.parse(text) as Record<string, unknown>;
      expect(Object.keys(problem), name).toEqual(['type', 'title', 'status', 'code', 'detail']);
      expect(problem, name).toMatchObject({ type: `urn:aivm:error:${code}`, status: response.status });
      expect(String(problem.detail).length, name).toBeGreaterThan(3);
    }
    expect(fixture.log.errors).toEqual([]);
    expect(fixture.node.lastAccepted().header.stateRoot).toEqual(root);
  });

  it('names the methods that a route takes', async () => {
    const fixture = await startFixture();
    expect((await ask(fixture, { path: '/tasks', method: 'PUT' })).headers.get('allow')).toBe('GET');
    expect((await ask(fixture, get('/tasks/submit'))).headers.get('allow')).toBe('POST');
  });

  it('takes a body that names no type, and one that names a character set', async () => {
    const fixture = await startFixture();
    const bare = (id: string): Uint8Array => new TextEncoder().encode(task('').replace('t-1', id));
    const untyped = await fetch(`${fixture.server.url}/tasks/submit`, {
      method: 'POST',
      body: bare('t-a') as BodyInit,
    });
    expect(untyped.status).toBe(200);
    const charset = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await ask(fixture, submit(bare('t-b'), charset))).status).toBe(200);
  });

  it('stops reading a body that grows past the limit without saying so', async () => {
    const fixture = await startFixture({ limits: { bodyBytesMax: 10_000 } });
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += 1_000;
        controller.enqueue(new Uint8Array(1_000).fill(0x20));
        if (sent > 50_000_000) controller.close();
      },
    });
    const init = { method: 'POST', body: endless, duplex: 'half' };
    const response = await fetch(`${fixture.server.url}/tasks/submit`, init as RequestInit).catch(
      () => undefined,
    );
    // The server may cut the connection while the client still sends.
    if (response !== undefined) expect(response.status).toBe(413);
    expect(sent).toBeLessThan(50_000_000);
    expect((await fixture.client.getHealth()).healthy).toBe(true);
  });
});

describe('a node that signs for nobody', () => {
  it.each([
    ['/providers/register', '{"id":"p"}'],
    ['/tasks/submit', task('')],
    ['/tasks/result', '{"task_id":"t","provider_id":"p","output":1}'],
    ['/rewards/claim', '{"provider_id":"p"}'],
  ])('answers an unsigned POST %s with 401', async (path, body) => {
    const fixture = await startFixture({ isDevelopment: false });
    const response = await ask(fixture, post(path, body));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unsigned' });
    expect((await fixture.client.getConfig()).signs_unsigned_writes).toBe(false);
  });

  it('takes signed transactions', async () => {
    const { client, node } = await startFixture({ isDevelopment: false });
    const [from, to] = developmentAccounts();
    const operation = { kind: 'transfer', to: to!.addressBytes, amount: 1n } as const;
    const tx = from!.sign({ ...placeOf(node, 0n), operation });
    expect(await client.submitTransaction(tx, { wait: 'accepted' })).toMatchObject({
      state: 'final',
      code: '',
    });
    for (const other of [{ chainId: 1n }, { genesisHash: new Uint8Array(32) }]) {
      const foreign = from!.sign({ ...placeOf(node, 1n), ...other, operation });
      await expect(client.submitTransaction(foreign)).rejects.toMatchObject({
        code: 'wrong_chain',
        status: 401,
      });
    }
    const late = from!.sign({ ...placeOf(node, 1n), expiry: 1n, operation });
    await expect(client.submitTransaction(late)).rejects.toMatchObject({ code: 'expired', status: 409 });
  });
});
