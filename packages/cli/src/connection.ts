import type { Client, Connection, Sender, Wallet } from '@aivm/sdk';
import { type Command, Option } from 'commander';
import { type CliContext, UsageError } from './cli-context.ts';
import { readKeyFile } from './key-file.ts';
import { chainIdOption, hashOption, integerOption } from './option-parsers.ts';
import { type PasswordOptions, readPassword, withPassword } from './password.ts';

/** Where a node listens when nobody says otherwise. */
const DEFAULT_NODE_URL = 'http://127.0.0.1:9650';
const DEVELOPMENT_ACCOUNT_MAX = 9;

/** Options of every command that talks to a node. */
export interface NodeOptions {
  readonly node: string;
  /** The chain that is meant, where it is given: a node of another one is refused. */
  readonly chainId?: bigint;
  readonly genesisHash?: Uint8Array;
}

/** Options of every command that signs. */
export interface KeyOptions extends PasswordOptions {
  readonly key?: string;
  readonly dev?: number;
}

/** Adds `--node URL`, `--chain-id ID` and `--genesis-hash HASH`. */
export const withNode = (command: Command): Command =>
  command
    .addOption(new Option('--node <url>', 'the node to talk to').env('AIVM_NODE').default(DEFAULT_NODE_URL))
    .addOption(
      new Option('--chain-id <id>', 'refuse a node of another chain id')
        .env('AIVM_CHAIN_ID')
        .argParser(chainIdOption),
    )
    .addOption(
      new Option('--genesis-hash <hash>', 'refuse a node of another chain (genesis_hash of GET /config)')
        .env('AIVM_GENESIS_HASH')
        .argParser(hashOption),
    );

/** Options of workers that have what a node says confirmed by others. */
export interface WitnessOptions {
  readonly witness: readonly string[];
}

/** Adds `--node URL` and `--witness URL`. */
export const withWitnesses = (command: Command): Command =>
  withNode(command).option(
    '--witness <url>',
    'another node that must have the same blocks; repeat it for more',
    (url: string, before: readonly string[]) => [...before, url],
    [],
  );

/** Clients of the witnesses. */
export const openWitnesses = ({
  witness,
  ...chain
}: WitnessOptions & Omit<NodeOptions, 'node'>): Promise<Client[]> =>
  Promise.all(witness.map((node) => openClient({ ...chain, node })));

/** Adds `--key FILE`, `--password-file FILE` and `--dev INDEX`. */
export const withKey = (command: Command): Command =>
  withPassword(command)
    .addOption(new Option('--key <file>', 'key file of the account that signs').env('AIVM_KEY'))
    .option(
      '--dev <index>',
      `sign with development account 0…${DEVELOPMENT_ACCOUNT_MAX} (development chains only)`,
      integerOption(0, DEVELOPMENT_ACCOUNT_MAX),
    );

/** The account that the options name. */
export async function openWallet(options: KeyOptions, context: CliContext): Promise<Wallet> {
  const { developmentAccounts, importWallet } = await import('@aivm/sdk');
  if (options.dev !== undefined) return developmentAccounts()[options.dev] as Wallet;
  if (options.key === undefined)
    throw new UsageError('who signs? give --key FILE, or --dev INDEX on a devnet');
  const warn = (text: string) => void context.stderr.write(`${text}\n`);
  const getPassword = () => readPassword(options);
  return importWallet({ privateKey: await readKeyFile(options.key, { warn, getPassword }) });
}

/** An address with a port and no scheme, or localhost: plain HTTP, as for curl. */
const BARE_ADDRESS = /^(localhost|(\[[^\]]+\]|[\w.-]+):\d+)(\/|$)/i;

const withScheme = (url: string): string => (BARE_ADDRESS.test(url) ? `http://${url}` : url);

/** The address of the node that the options name. */
export const nodeUrlOf = ({ node }: Pick<NodeOptions, 'node'>): string => withScheme(node);

/** A client of the node that the options name. */
export async function openClient({ node, chainId, genesisHash }: NodeOptions): Promise<Client> {
  const { createClient } = await import('@aivm/sdk');
  return withUsage(() => createClient({ url: withScheme(node), chain: chainOf({ chainId, genesisHash }) }));
}

const chainOf = ({
  chainId,
  genesisHash,
}: {
  chainId: bigint | undefined;
  genesisHash: Uint8Array | undefined;
}) => ({
  ...(chainId === undefined ? {} : { chainId }),
  ...(genesisHash === undefined ? {} : { genesisHash }),
});

/** An address that is none is a mistake of the command line. */
function withUsage<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
}

/** The chain that the options name, and the account that signs. */
export async function openConnection(
  options: NodeOptions & KeyOptions,
  context: CliContext,
): Promise<Connection> {
  const { connect } = await import('@aivm/sdk');
  const wallet = await openWallet(options, context);
  const { node, chainId, genesisHash } = options;
  return withUsage(() => connect(withScheme(node), wallet, { chain: chainOf({ chainId, genesisHash }) }));
}

/** A sender that signs with the account that the options name. */
export async function openSender(options: NodeOptions & KeyOptions, context: CliContext): Promise<Sender> {
  const { createSender } = await import('@aivm/sdk');
  const wallet = await openWallet(options, context);
  return createSender({ client: await openClient(options), wallet });
}
