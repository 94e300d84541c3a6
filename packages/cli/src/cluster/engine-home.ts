import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ADDRESS_BYTES = 20;
/** Secret files are their owner's alone. */
const SECRET = { mode: 0o600 } as const;

/** A key of CometBFT, as its files hold it. */
export interface EngineKey {
  /** The first 20 bytes of the SHA-256 of the public key, in hex. */
  readonly address: string;
  readonly publicKey: string;
  /** Seed and public key, base64. */
  readonly privateKey: string;
}

const rawOf = (key: KeyObject, member: 'd' | 'x'): Buffer =>
  Buffer.from(String(key.export({ format: 'jwk' })[member]), 'base64url');

/** A new Ed25519 key. */
export function createEngineKey(): EngineKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const [seed, point] = [rawOf(privateKey, 'd'), rawOf(privateKey, 'x')];
  return {
    address: createHash('sha256').update(point).digest().subarray(0, ADDRESS_BYTES).toString('hex'),
    publicKey: point.toString('base64'),
    privateKey: Buffer.concat([seed, point]).toString('base64'),
  };
}

const publicOf = ({ publicKey }: EngineKey) => ({ type: 'tendermint/PubKeyEd25519', value: publicKey });
const privateOf = ({ privateKey }: EngineKey) => ({ type: 'tendermint/PrivKeyEd25519', value: privateKey });

/** What an engine is told apart from the others by. */
export interface EngineIdentity {
  readonly name: string;
  /** Signs votes. */
  readonly validatorKey: EngineKey;
  /** Names the node to its peers. */
  readonly nodeKey: EngineKey;
}

/** Where an engine listens, and whom it calls. */
export interface EnginePlace {
  readonly appAddress: string;
  readonly rpcPort: number;
  readonly peerPort: number;
  /** Address of this machine for its peers. */
  readonly peerHost: string;
  readonly peers: readonly string[];
  readonly blockTimeMs: number;
}

/** How others name a node: `ID@HOST:PORT`. */
export const peerAddress = (
  { nodeKey }: Pick<EngineIdentity, 'nodeKey'>,
  { host, port }: { readonly host: string; readonly port: number },
): string => `${nodeKey.address}@${host}:${port}`;

/** The engine's genesis.json. `timestamp` in seconds. */
export function engineGenesis(options: {
  readonly chain: string;
  readonly timestamp: number;
  readonly maxBlockBytes: number;
  readonly validators: readonly EngineIdentity[];
  readonly appState: Readonly<Record<string, unknown>>;
}): string {
  const { chain, timestamp, maxBlockBytes, validators, appState } = options;
  const genesis = {
    genesis_time: new Date(timestamp * 1_000).toISOString(),
    chain_id: chain,
    initial_height: '1',
    consensus_params: {
      block: { max_bytes: String(maxBlockBytes), max_gas: '-1' },
      evidence: { max_age_num_blocks: '100000', max_age_duration: '172800000000000', max_bytes: '1048576' },
      validator: { pub_key_types: ['ed25519'] },
      version: { app: '0' },
      // The votes carry the validators' signatures of anchors.
      abci: { vote_extensions_enable_height: '1' },
    },
    validators: validators.map(({ name, validatorKey }) => ({
      address: validatorKey.address.toUpperCase(),
      pub_key: publicOf(validatorKey),
      power: '10',
      name,
    })),
    app_hash: '',
    app_state: appState,
  };
  return `${JSON.stringify(genesis, undefined, 2)}\n`;
}

/** Only what differs from CometBFT's defaults. */
const configText = (
  name: string,
  place: EnginePlace,
  txBytesMax: number,
): string => `# Written by aivm cluster.
proxy_app = ${JSON.stringify(place.appAddress)}
moniker = ${JSON.stringify(name)}
abci = "socket"
log_level = "info"

[rpc]
laddr = "tcp://127.0.0.1:${place.rpcPort}"
max_body_bytes = ${4 * txBytesMax}

[p2p]
laddr = "tcp://${place.peerHost}:${place.peerPort}"
persistent_peers = ${JSON.stringify(place.peers.join(','))}
addr_book_strict = false
allow_duplicate_ip = true
pex = false

[mempool]
max_tx_bytes = ${txBytesMax}

[consensus]
timeout_commit = "${place.blockTimeMs}ms"

[tx_index]
indexer = "null"
`;

/** Writes the home directory of one engine: keys, genesis, configuration, and that it has voted nowhere yet. */
export async function writeEngineHome(
  home: string,
  identity: EngineIdentity,
  place: EnginePlace,
  { genesis, txBytesMax }: { readonly genesis: string; readonly txBytesMax: number },
): Promise<void> {
  const [config, data] = [join(home, 'config'), join(home, 'data')];
  await Promise.all([config, data].map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  const { name, validatorKey, nodeKey } = identity;
  const validator = {
    address: validatorKey.address.toUpperCase(),
    pub_key: publicOf(validatorKey),
    priv_key: privateOf(validatorKey),
  };
  const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;
  await writeFile(join(config, 'priv_validator_key.json'), json(validator), SECRET);
  await writeFile(join(config, 'node_key.json'), json({ priv_key: privateOf(nodeKey) }), SECRET);
  await writeFile(join(data, 'priv_validator_state.json'), json({ height: '0', round: 0, step: 0 }), SECRET);
  await writeFile(join(config, 'genesis.json'), genesis);
  await writeFile(join(config, 'config.toml'), configText(name, place, txBytesMax));
}
