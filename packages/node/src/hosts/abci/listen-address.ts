import { AivmError } from '@aivm/core/errors';

/** Where an ABCI server listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isLoopback: boolean }
  | { readonly kind: 'unix'; readonly path: string };

const PORT_MAX = 65_535;
/** Linux holds 107 bytes of a socket's path, macOS 103. */
const SOCKET_PATH_BYTES_MAX = 103;
const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|localhost)$/;

const refuse = (text: string, why: string): AivmError =>
  new AivmError(
    'malformed',
    `listen address ${JSON.stringify(text)}: ${why}; write tcp://127.0.0.1:26658 or unix:///run/aivm.sock`,
  );

/** Reads `tcp://HOST:PORT` or `unix://PATH`, as CometBFT writes its `proxy_app`. @throws AivmError `malformed`. */
export function parseListenAddress(text: string): ListenAddress {
  const unix = /^unix:\/\/(.+)$/.exec(text)?.[1];
  if (unix !== undefined) {
    const size = Buffer.byteLength(unix);
    if (size > SOCKET_PATH_BYTES_MAX) {
      throw refuse(text, `the path has ${size} bytes, a socket's at most ${SOCKET_PATH_BYTES_MAX}`);
    }
    return { kind: 'unix', path: unix };
  }
  const tcp = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text);
  if (tcp === null) throw refuse(text, 'neither tcp://HOST:PORT nor unix://PATH');
  const host = tcp[1] ?? tcp[2] ?? '';
  const port = Number(tcp[3]);
  if (port > PORT_MAX) throw refuse(text, `port ${port}, at most ${PORT_MAX}`);
  return { kind: 'tcp', host, port, isLoopback: LOOPBACK.test(host) };
}
