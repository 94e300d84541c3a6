import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { bytesToHex } from '@aivm/core/bytes';
import { AivmError } from '@aivm/core/errors';
import { createGenesis, hashGenesis } from '@aivm/core/execute';
import { TX_BYTES_MAX } from '@aivm/core/tx';
import {
  type AnchorSigner,
  anchorKeyToJson,
  bindAnchorKey,
  readGenesis,
  type SigningChain,
  storeError,
} from '@aivm/node';
import { anchorSignerText } from '../node/anchor-signers.ts';
import {
  createEngineKey,
  type EngineIdentity,
  type EngineKey,
  engineGenesis,
  peerAddress,
  writeEngineHome,
} from './engine-home.ts';

/** What the engine's block takes beside its transactions: header, commits of hundreds of validators, evidence. */
const ENGINE_OVERHEAD_BYTES = 1 << 20;
/** Ports of one validator's engine: peers, RPC, application. */
const PORTS_EACH = 10;

/** A network of its own for one validator. */
export interface ValidatorPlace {
  readonly namespace: string;
  readonly httpHost: string;
  readonly peerHost: string;
}

/** Where one validator's parts are. */
export interface ValidatorPlan {
  readonly name: string;
  /** The home directory of its engine. */
  readonly engineHome: string;
  readonly dataDirectory: string;
  /** Keys with which it signs anchors; left out in a network that was made before there were any. */
  readonly anchorKeys?: string | undefined;
  readonly engineLog: string;
  readonly appLog: string;
  /** A network namespace that it runs in, where it is reached, and by its peers; left out: this machine's loopback. */
  readonly place?: ValidatorPlace | undefined;
  readonly httpPort: number;
  readonly rpcPort: number;
  readonly peerPort: number;
  readonly appPort: number;
}

/** A network on one machine, as its directory describes it. */
export interface ClusterPlan {
  readonly version: 1;
  readonly genesisFile: string;
  readonly validators: readonly ValidatorPlan[];
}

/** What a new cluster takes. */
export interface NewClusterOptions {
  readonly directory: string;
  readonly validators: number;
  /** JSON text. */
  readonly genesis: string;
  readonly blockTimeMs: number;
  /** Of the first validator's HTTP interface; the others follow. 0: free ports everywhere. */
  readonly httpPort: number;
  /** Of the first validator's peers; RPC and application follow, and the next validator ten above. */
  readonly enginePort: number;
  /** Networks of the validators' own. */
  readonly places?: readonly ValidatorPlace[] | undefined;
}

const LOOPBACK = '127.0.0.1';

/** Where a validator's node is reached over HTTP. */
export const httpUrlOf = ({ place, httpPort }: ValidatorPlan): string =>
  `http://${place?.httpHost ?? LOOPBACK}:${httpPort}`;

/** A new key for anchors of a validator. */
function createAnchorSigner(chain: SigningChain, { privateKey: consensus }: EngineKey): AnchorSigner {
  const consensusSeed = new Uint8Array(Buffer.from(consensus, 'base64')).subarray(0, 32);
  const privateKey = new Uint8Array(randomBytes(32));
  return { privateKey, binding: bindAnchorKey(chain, { consensusSeed, privateKey, serial: 0n }) };
}

async function writeAnchorKey(folder: string, signer: AnchorSigner): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(join(folder, '0.json'), await anchorSignerText(signer), { mode: 0o600 });
}

const planPath = (directory: string): string => join(directory, 'cluster.json');

/** Ports that nothing listens on now, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((settle, reject) => {
          server.on('error', reject);
          server.listen(0, '127.0.0.1', () => settle((server.address() as { port: number }).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

async function choosePorts({
  validators,
  httpPort,
  enginePort,
}: NewClusterOptions): Promise<readonly number[][]> {
  const free = httpPort === 0 ? await freePorts(4 * validators) : undefined;
  return Array.from({ length: validators }, (_, i) => {
    const first = enginePort + PORTS_EACH * i;
    return free?.slice(4 * i, 4 * i + 4) ?? [httpPort + i, first, first + 1, first + 2];
  });
}

/** The cluster that a directory holds; undefined where it holds none. @throws AivmError `data_dir_corrupt`. */
export async function readClusterPlan(directory: string): Promise<ClusterPlan | undefined> {
  const path = planPath(directory);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw storeError(path, error);
  });
  if (text === undefined) return undefined;
  try {
    const plan = JSON.parse(text) as ClusterPlan;
    if (plan.version === 1 && Array.isArray(plan.validators)) return plan;
  } catch {
    // Said below.
  }
  throw new AivmError(
    'data_dir_corrupt',
    `${path}: not what aivm cluster writes; remove ${directory} to begin anew`,
  );
}

/** Writes keys, genesis and configurations of a new network. The plan comes last: without it there is no cluster. */
export async function createCluster(options: NewClusterOptions): Promise<ClusterPlan> {
  const { validators: count, genesis: text, blockTimeMs } = options;
  const directory = resolve(options.directory);
  const genesis = readGenesis(text);
  const ports = await choosePorts(options);
  const identities: EngineIdentity[] = Array.from({ length: count }, (_, i) => ({
    name: `validator-${i + 1}`,
    validatorKey: createEngineKey(),
    nodeKey: createEngineKey(),
  }));
  const chain = { chainId: genesis.chainId, genesisHash: hashGenesis(genesis) };
  const signers = identities.map(({ validatorKey }) => createAnchorSigner(chain, validatorKey));
  const engineText = engineGenesis({
    chain: `aivm-${genesis.chainId}`,
    timestamp: genesis.timestamp,
    maxBlockBytes: genesis.params.maxBlockBytes + ENGINE_OVERHEAD_BYTES,
    validators: identities,
    appState: {
      aivm_genesis_block: `0x${bytesToHex(createGenesis(genesis).block.id)}`,
      aivm_anchor_keys: signers.map(({ binding }) => anchorKeyToJson(binding)),
    },
  });
  const validators = identities.map(({ name }, i): ValidatorPlan => {
    const [httpPort = 0, peerPort = 0, rpcPort = 0, appPort = 0] = ports[i] ?? [];
    const folder = join(directory, name);
    return {
      name,
      engineHome: join(folder, 'engine'),
      dataDirectory: join(folder, 'chain'),
      anchorKeys: join(folder, 'anchor-keys'),
      engineLog: join(folder, 'engine.log'),
      appLog: join(folder, 'app.log'),
      ...(options.places === undefined ? {} : { place: options.places[i] }),
      ...{ httpPort, rpcPort, peerPort, appPort },
    };
  });
  const genesisFile = join(directory, 'genesis.json');
  await mkdir(directory, { recursive: true });
  await writeFile(genesisFile, text);
  const hosts = validators.map(({ place }) => place?.peerHost ?? LOOPBACK);
  const addresses = identities.map((identity, i) =>
    peerAddress(identity, { host: hosts[i] ?? LOOPBACK, port: validators[i]?.peerPort ?? 0 }),
  );
  for (const [i, identity] of identities.entries()) {
    const { engineHome, appPort, rpcPort, peerPort } = validators[i] as ValidatorPlan;
    await writeAnchorKey(validators[i]?.anchorKeys ?? '', signers[i] as AnchorSigner);
    const peers = addresses.filter((_, j) => j !== i);
    const place = {
      ...{ appAddress: `tcp://127.0.0.1:${appPort}`, rpcPort, peerPort, peers, blockTimeMs },
      peerHost: hosts[i] ?? LOOPBACK,
    };
    await writeEngineHome(engineHome, identity, place, { genesis: engineText, txBytesMax: TX_BYTES_MAX });
  }
  const plan: ClusterPlan = { version: 1, genesisFile, validators };
  await writeFile(planPath(directory), `${JSON.stringify(plan, undefined, 2)}\n`);
  return plan;
}
