import { describe, expect, it } from 'vitest';
import { createClient } from '../../src/index.ts';

const MIB = 1_048_576;

/** A node whose answers go on for ever, in pieces of a MiB. */
function endlessNode() {
  let sent = 0;
  const endless: typeof fetch = async () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += MIB;
        controller.enqueue(new Uint8Array(MIB).fill(0x20));
      },
    });
    return new Response(body, { status: 200, headers: { 'content-type': 'application/json' } });
  };
  return { client: createClient({ url: 'http://127.0.0.1:1', fetch: endless }), sent: () => sent };
}

describe('an answer without end', () => {
  it.each([
    ['getHealth', 16],
    ['getTask', 16],
    ['getBlock', 64],
  ] as const)('of %s is read up to %i MiB', async (route, mib) => {
    const { client, sent } = endlessNode();
    const answer =
      route === 'getHealth'
        ? client.getHealth()
        : route === 'getTask'
          ? client.getTask('t')
          : client.getBlock(1);
    await expect(answer).rejects.toMatchObject({ code: 'too_large' });
    expect(sent()).toBeLessThanOrEqual((mib + 3) * MIB);
  });

  it('is not read at all where its length is told', async () => {
    const long: typeof fetch = async () =>
      new Response('{}', {
        status: 200,
        headers: { 'content-type': 'application/json', 'content-length': '99999999' },
      });
    const client = createClient({ url: 'http://127.0.0.1:1', fetch: long });
    await expect(client.getHealth()).rejects.toMatchObject({ code: 'too_large' });
  });
});
