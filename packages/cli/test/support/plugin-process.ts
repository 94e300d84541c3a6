import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { AvalancheNode, passOn } from '../../../node/test/support/avalanche-node.ts';
import { AvalancheRuntime } from '../../../node/test/support/avalanche-runtime.ts';
import { GrpcChannel } from '../../../node/test/support/grpc-channel.ts';
import { LuxNode } from '../../../node/test/support/lux-node.ts';
import { LuxRuntime } from '../../../node/test/support/lux-runtime.ts';
import { runCli } from '../spawn-cli.ts';

/** The two kinds of nodes, as this file needs them. */
export const KINDS = ['lux', 'avalanche'] as const;
export type Kind = (typeof KINDS)[number];
type PeerNode = LuxNode | AvalancheNode;

const READY: Readonly<Record<Kind, number>> = { lux: 4, avalanche: 3 };
const VARIABLE: Readonly<Record<Kind, string>> = {
  lux: 'VM_RUNTIME_ENGINE_ADDR',
  avalanche: 'AVALANCHE_VM_RUNTIME_ENGINE_ADDR',
};

/** Writes the plugin's file as its users do, and gives its path. */
export async function installPlugin(pluginDir: string, ...options: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([
    'plugin',
    'install',
    '--plugin-dir',
    pluginDir,
    '--json',
    ...options,
  ]);
  if (code !== 0) throw new Error(`plugin install: ${stderr}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').path;
}

/** A plugin that a node has started, with an environment of one variable, and the node's end of it. */
export interface PluginProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly node: PeerNode;
  readonly address: string;
  readonly log: () => string;
  /** Resolves to the exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

/** Starts it and takes its handshake. */
export async function startPluginProcess(kind: Kind, path: string): Promise<PluginProcess> {
  const runtime = kind === 'lux' ? new LuxRuntime() : new AvalancheRuntime();
  await runtime.listen();
  const child = spawn(path, [], {
    env: { [VARIABLE[kind]]: runtime.address },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? -1));
  });
  const failed = ended.then((code) => {
    throw new Error(`the plugin ended with ${code}: ${log}`);
  });
  try {
    const address = await Promise.race([runtime.plugin, failed]);
    failed.catch(() => undefined);
    const node = kind === 'lux' ? new LuxNode(address) : new AvalancheNode(address);
    return { child, node, address, log: () => log, ended };
  } finally {
    runtime.close();
  }
}

/** A node that can be killed: the plugin's parent is a process of its own. */
export async function startOrphan(kind: Kind, path: string) {
  const runtime = kind === 'lux' ? new LuxRuntime() : new AvalancheRuntime();
  await runtime.listen();
  const parent = spawn('/bin/sh', ['-c', '"$0" & echo $!; wait', path], {
    env: { [VARIABLE[kind]]: runtime.address },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const pid = await new Promise<number>((resolve) => {
    parent.stdout.setEncoding('utf8').once('data', (text: string) => resolve(Number(text)));
  });
  const address = await runtime.plugin;
  runtime.close();
  const node = kind === 'lux' ? new LuxNode(address) : new AvalancheNode(address);
  return { pid, node, killNode: (): void => void parent.kill('SIGKILL') };
}

/** Opens a chain in a directory, and gives its last accepted block. */
export async function openChain(
  kind: Kind,
  { node }: Pick<PluginProcess, 'node'>,
  start: { readonly genesis: string; readonly chainDataDir: string },
) {
  const last = await node.initialize(start);
  await node.setState(READY[kind]);
  return last;
}

/** What a node serves at `/ext/bc/aivm`: it passes each request on to the plugin. */
export async function serveAsNode({ node }: PluginProcess): Promise<{ readonly url: string; close(): void }> {
  const handlers = await node.createHandlers();
  const address = handlers.get('/rpc') ?? '';
  const channel = node instanceof AvalancheNode ? new GrpcChannel(address) : undefined;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = 'GET', url = '/' } = request;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)] as const),
      );
      const body = Buffer.concat(chunks);
      void pass(method, url, headers, body)
        .then((answer) => {
          response.writeHead(answer.code, answer.headers);
          response.end(answer.body);
        })
        .catch((error: Error) => {
          response.writeHead(502);
          response.end(error.message);
        });
    });
  });
  const pass = async (method: string, url: string, headers: Record<string, string>, body: Buffer) => {
    if (channel !== undefined) {
      const answer = await passOn(channel, method, url, { headers, body });
      return { code: Number(answer.code), headers: Object.fromEntries(answer.headers), body: answer.body };
    }
    for (const name of ['host', 'connection', 'content-length', 'transfer-encoding']) delete headers[name];
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const init = { method, headers, body: hasBody ? new Uint8Array(body) : null };
    const answer = await fetch(`http://${address}${url}`, init);
    const { 'content-type': type = 'text/plain' } = Object.fromEntries(answer.headers);
    return {
      code: answer.status,
      headers: { 'content-type': type },
      body: new Uint8Array(await answer.arrayBuffer()),
    };
  };
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ext/bc/aivm/rpc`,
    close: () => {
      server.closeAllConnections();
      server.close();
      channel?.close();
    },
  };
}

/** Makes blocks as long as there is work, until the plugin ends. Calls `onBlock` after each that was acknowledged. */
export async function makeBlocks({ node }: PluginProcess, onBlock: (height: bigint) => void): Promise<void> {
  try {
    for (;;) onBlock((await node.makeBlock()).height);
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    const isOver = code === 'not_initialized' || /closed|broke off|ERR_HTTP2/.test(`${code} ${message}`);
    if (!isOver) throw error;
  }
}
