import { AivmError } from '@aivm/core/errors';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { Runtime } from './generated/runtime_pb.ts';

/** The protocol of rpcchainvm that avalanchego v1.14.2 speaks. */
export const AVALANCHE_PROTOCOL_VERSION = 45;
const TIMEOUT_MS = 5_000;

/**
 * Tells the node that started this plugin where it listens.
 * @throws AivmError `unreachable` when the node does not answer within five seconds, or refuses.
 */
export async function registerWithNode(options: {
  /** `host:port` of the node's end. */
  readonly engineAddress: string;
  readonly address: string;
  readonly protocolVersion: number;
  readonly timeoutMs?: number | undefined;
}): Promise<void> {
  const { engineAddress, address: addr, protocolVersion, timeoutMs = TIMEOUT_MS } = options;
  const baseUrl = `http://${engineAddress}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  try {
    const client = createClient(Runtime, createGrpcTransport({ baseUrl, sessionManager }));
    await client.initialize({ protocolVersion, addr }, { timeoutMs });
  } catch (error) {
    const why = error instanceof ConnectError ? error.rawMessage : String(error);
    throw new AivmError(
      'unreachable',
      `the node at ${engineAddress} did not take protocol ${protocolVersion} of rpcchainvm (--protocol-version names another one): ${why}`,
      { cause: error },
    );
  } finally {
    sessionManager.abort();
  }
}
