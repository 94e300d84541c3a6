import { describe, expect, it } from 'vitest';
import { createStreamHub, type StreamHub } from '../../src/index.ts';

const listen = async (hub: StreamHub, id: string, signal = new AbortController().signal) => {
  const heard = [];
  for await (const piece of hub.listen(id, signal)) heard.push(piece);
  return heard;
};
const a = { text: 'a' };
const b = { tokens: [1, 2] };

describe('a hub of streams', () => {
  it('gives everybody all pieces, whenever they begin to listen', async () => {
    const hub = createStreamHub();
    const early = listen(hub, 't');
    hub.begin('t');
    hub.publish('t', a);
    const between = listen(hub, 't');
    await Promise.resolve();
    hub.publish('t', b);
    hub.end('t');
    hub.publish('t', a);
    expect(await Promise.all([early, between, listen(hub, 't')])).toEqual([
      [a, b],
      [a, b],
      [a, b],
    ]);
  });

  it('ends what an earlier attempt said', async () => {
    const hub = createStreamHub();
    hub.begin('t');
    hub.publish('t', a);
    const first = listen(hub, 't');
    await Promise.resolve();
    hub.begin('t');
    hub.publish('t', b);
    hub.end('t');
    expect(await first).toEqual([a]);
    expect(await listen(hub, 't')).toEqual([b]);
  });

  it('lets a listener go that waits for nothing', async () => {
    const hub = createStreamHub();
    const gone = new AbortController();
    const heard = listen(hub, 'none', gone.signal);
    gone.abort();
    expect(await heard).toEqual([]);
  });
});
