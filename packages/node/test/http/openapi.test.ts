import { addressToText, BASE_PATH, developmentAccounts } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { placeOf } from '../support/place-of.ts';
import { startScenario } from './scenario.ts';

const account = developmentAccounts()[0]!;
const other = developmentAccounts()[9]!;

describe('the published document', () => {
  /** References become definitions, as the reader of a JSON Schema expects them. */
  const local = (schema: unknown, components: object): z.core.JSONSchema.BaseSchema =>
    JSON.parse(
      JSON.stringify({ ...(schema as object), $defs: components }).replaceAll(
        '#/components/schemas/',
        '#/$defs/',
      ),
      // The validator takes no integers beyond 2^53.
      (_, value: { readonly format?: string } | null) =>
        value?.format === 'uint64' ? { type: 'number' } : value,
    ) as z.core.JSONSchema.BaseSchema;

  it('describes what the server answers', async () => {
    const { server, client } = await startScenario();
    const document = (await client.getOpenapi()) as unknown as {
      paths: Record<
        string,
        { get: { responses: Record<string, { content: Record<string, { schema: object }> }> } }
      >;
      components: { schemas: object };
    };
    const answers: [string, string][] = [
      ['/providers', '/providers'],
      ['/providers/{id}', '/providers/p-1'],
      ['/providers/{id}/work', '/providers/p-1/work'],
      ['/models', '/models'],
      ['/stats', '/stats'],
      ['/merkle', '/merkle'],
      ['/health', '/health'],
      ['/config', '/config'],
      ['/epochs', '/epochs'],
      ['/blocks', '/blocks'],
      ['/blocks/{idOrHeight}', '/blocks/2'],
      ['/blocks/{height}/bytes', '/blocks/1/bytes'],
      ['/receipts/{index}', '/receipts/0'],
      ['/receipts/{index}/proof', '/receipts/0/proof'],
      ['/rewards/stats', '/rewards/stats?provider_id=p-1'],
      ['/accounts/{address}', `/accounts/${addressToText(account.addressBytes)}`],
    ];
    for (const [path, url] of answers) {
      const content = document.paths[path]?.get.responses['200']?.content['application/json'];
      const schema = z.fromJSONSchema(local(content?.schema, document.components.schemas) as never);
      const answer = await fetch(server.url + url);
      const json: unknown = await answer.json();
      expect(schema.safeParse(json).error, path).toBeUndefined();
      expect(schema.safeParse({}).success, path).toBe(false);
    }
  });
});

describe('uint64', () => {
  it('survives the way through the server both ways', async () => {
    const max = 18_446_744_073_709_551_615n;
    const { server, client, node } = await startScenario();
    const operation = { kind: 'transfer', to: other.addressBytes, amount: max } as const;
    const tx = account.sign({ ...placeOf(node, 3n), operation });
    await client.submitTransaction(tx, { wait: 'accepted' });
    const text = await (await fetch(`${server.url}/accounts/${account.address}`)).text();
    expect(text).toContain(`"nonce":4,`);
    // A fee that a double would round arrives as it was written, and is refused with all its digits.
    const post = (fee: string): Promise<Response> =>
      fetch(`${server.url}/tasks/submit`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{"id":"t-max","type":"inference","model":"qwen3-8b","input":1,"fee":${fee}}`,
      });
    for (const fee of ['18446744073709551615', '"18446744073709551615"']) {
      const refused = (await (await post(fee)).json()) as { code: string; detail: string };
      expect(refused.code).toBe('fee_too_high');
      expect(refused.detail).toContain('18446744073709551615');
    }
    expect((await post('18446744073709551616')).status).toBe(400);
  });
});

it('serves below another base path, as under a plugin', async () => {
  const { server, client } = await startScenario({ basePath: `/ext/bc/aivm${BASE_PATH}` });
  expect(server.url.endsWith('/ext/bc/aivm/rpc')).toBe(true);
  expect((await client.getStats()).tasks_completed).toBe(1n);
});
