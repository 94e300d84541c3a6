import { connect } from 'node:net';
import { concatBytes, u32be, utf8ToBytes } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';

/** The protocol of ZAP that nodes speak now. */
export const LUX_PROTOCOL_VERSION = 42;
const TIMEOUT_MS = 5_000;
const TAKEN = 1;

/**
 * What a plugin says to the node that started it: `u32be 4 + length ‖ u32be protocol ‖ address`.
 * @example handshakeFrame('127.0.0.1:40001', 42)
 */
export const handshakeFrame = (address: string, protocolVersion: number): Uint8Array => {
  const text = utf8ToBytes(address);
  return concatBytes(u32be(4 + text.length), u32be(protocolVersion), text);
};

/** `host:port` in parts. @throws AivmError `malformed`. */
export function parseEngineAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new AivmError('malformed', `the node's address: expected HOST:PORT, got "${text.slice(0, 80)}"`);
  }
  return { host, port };
}

/**
 * Tells the node where this plugin listens, and waits until it takes that.
 * @throws AivmError `unreachable` when the node does not answer within five seconds, or refuses.
 */
export function handshake(options: {
  /** `host:port` of the node's end. */
  readonly engineAddress: string;
  readonly address: string;
  readonly protocolVersion: number;
  readonly timeoutMs?: number | undefined;
}): Promise<void> {
  const { engineAddress, address, protocolVersion, timeoutMs = TIMEOUT_MS } = options;
  const { host, port } = parseEngineAddress(engineAddress);
  const fail = (why: string): AivmError =>
    new AivmError('unreachable', `the node at ${engineAddress}: ${why}`);
  const refusal = `did not take protocol ${protocolVersion} of ZAP; --protocol-version names another one`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(handshakeFrame(address, protocolVersion)));
    socket.setNoDelay(true);
    const timer = setTimeout(() => socket.destroy(fail(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.once('data', (chunk) => {
      if (chunk[0] === TAKEN) resolve();
      else reject(fail(`${refusal} (answer ${chunk[0]})`));
      socket.destroy();
    });
    socket.once('error', (error) => reject(error instanceof AivmError ? error : fail(error.message)));
    socket.once('close', () => {
      clearTimeout(timer);
      reject(fail(`${refusal} (connection closed)`));
    });
  });
}
