import { type Client, type ClientOptions, createClient } from '@aivm/sdk';
import { afterEach } from 'vitest';
import { createDevelopmentSigner } from '../../src/http/development-signer.ts';
import { type HttpServer, type ServeHttpOptions, serveHttp } from '../../src/http/serve-http.ts';
import { createTestNode, type TestNode } from './test-node.ts';

/** A log that fails the test where the server met a bug. */
export interface TestLog {
  readonly debug: () => void;
  readonly info: () => void;
  readonly warn: () => void;
  readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly errors: unknown[];
}

export function createTestLog(): TestLog {
  const errors: unknown[] = [];
  const ignore = (): void => undefined;
  return { debug: ignore, info: ignore, warn: ignore, error: (fields) => errors.push(fields.err), errors };
}

export interface Fixture {
  readonly node: TestNode;
  readonly server: HttpServer;
  readonly client: Client;
  readonly log: TestLog;
}

export interface FixtureOptions extends Partial<Omit<ServeHttpOptions, 'node' | 'log' | 'signer'>> {
  /** Default true. */
  readonly isDevelopment?: boolean;
  readonly genesis?: Record<string, unknown>;
  readonly client?: Partial<ClientOptions>;
}

const open: Fixture[] = [];

afterEach(async () => {
  for (const { server, node } of open.splice(0)) {
    await server.close();
    await node.stop();
  }
});

/** A real server on a free port over a chain in memory, with a real client. It is closed after the test. */
export async function startFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const { isDevelopment = true, genesis, client: clientOptions, ...rest } = options;
  const node = await createTestNode(genesis);
  const log = createTestLog();
  const signer = isDevelopment ? { signer: createDevelopmentSigner({ node }) } : {};
  const limits = { requestsPerSecond: 0, closeTimeoutMs: 500, ...rest.limits };
  const server = await serveHttp({ port: 0, ...rest, ...signer, node, log, limits });
  const fixture = { node, server, client: createClient({ url: server.url, ...clientOptions }), log };
  open.push(fixture);
  return fixture;
}
