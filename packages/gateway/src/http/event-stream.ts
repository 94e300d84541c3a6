/** Comments keep proxies and clients from giving a quiet stream up. */
const COMMENT_EVERY_MS = 10_000;

const encoder = new TextEncoder();

/**
 * A response of server-sent events: each value of `events` as JSON, then `[DONE]`, as OpenAI's clients read them.
 * @param onEnd called once, however it ends
 */
export function eventStream(
  events: AsyncGenerator<unknown, void, undefined>,
  { headers, onEnd }: { readonly headers: Readonly<Record<string, string>>; readonly onEnd: () => void },
): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  const end = (): void => {
    clearInterval(timer);
    onEnd();
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      timer = setInterval(() => controller.enqueue(encoder.encode(': waiting\n\n')), COMMENT_EVERY_MS);
      timer.unref();
    },
    pull: async (controller) => {
      try {
        const { done, value } = await events.next();
        const text = done === true ? 'data: [DONE]\n\n' : `data: ${JSON.stringify(value)}\n\n`;
        controller.enqueue(encoder.encode(text));
        if (done !== true) return;
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel: async () => {
      end();
      await events.return().catch(() => undefined);
    },
  });
  return new Response(body, {
    headers: {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  });
}
