/** One message of a server-sent event stream. `id` is the last one seen, even where this message had none. */
export interface StreamMessage {
  readonly id: string;
  /** Empty for a message that only sets the id. */
  readonly data: string;
}

/** A message longer than this is not one of ours; characters. */
const MESSAGE_MAX = 1_000_000;

/**
 * Splits a server-sent event stream into messages. Comments are dropped; lines may end in \n or \r\n.
 * @throws RangeError when a message does not end.
 */
export async function* parseEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<StreamMessage> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let buffer = '';
  let id = '';
  let data: string[] = [];
  let hasId = false;
  let dataLength = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffer += decoder.decode(value, { stream: true });
      if (buffer.length > MESSAGE_MAX) throw new RangeError('event stream: a message does not end');
      for (let end = buffer.indexOf('\n'); end >= 0; end = buffer.indexOf('\n')) {
        const line = buffer.slice(0, end).replace(/\r$/, '');
        buffer = buffer.slice(end + 1);
        if (line === '') {
          if (data.length > 0 || hasId) yield { id, data: data.join('\n') };
          data = [];
          dataLength = 0;
          hasId = false;
        } else if (line.startsWith('id:')) {
          id = line.slice(3).trimStart();
          hasId = true;
        } else if (line.startsWith('data:')) {
          data.push(line.slice(5).replace(/^ /, ''));
          dataLength += line.length;
          if (dataLength > MESSAGE_MAX) throw new RangeError('event stream: a message does not end');
        }
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
