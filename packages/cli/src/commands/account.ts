import { text as readAll } from 'node:stream/consumers';
import { AivmError } from '@aivm/core/errors';
import type { Wallet } from '@aivm/sdk';
import type { Command } from 'commander';
import { type CliContext, createCommand, createGroup, outputFor, UsageError } from '../cli-context.ts';
import {
  type KeyOptions,
  type NodeOptions,
  openClient,
  openSender,
  openWallet,
  withKey,
  withNode,
} from '../connection.ts';
import { parseKeyText, writeKeyFile } from '../key-file.ts';
import { addressOption, amountOption } from '../option-parsers.ts';
import { type PasswordOptions, readPassword, withPassword } from '../password.ts';
import { toWire } from '../show.ts';

interface FileOptions extends PasswordOptions {
  readonly json?: boolean;
  readonly out: string;
  readonly plain?: boolean;
}

/** Adds `--out FILE`, `--plain` and `--password-file FILE`. */
const withNewFile = (command: Command): Command =>
  withPassword(
    command
      .requiredOption('--out <file>', 'the file to write; it must not exist')
      .option('--plain', 'write the key in the clear: whoever reads the file has the money'),
  );

/** Encrypted, unless a plain file is asked for. */
const writeWallet = (wallet: Wallet, { out, plain, passwordFile }: FileOptions): Promise<void> => {
  const getPassword = () => readPassword({ passwordFile, isNew: true });
  return writeKeyFile(out, wallet.exportPrivateKey(), plain === true ? undefined : getPassword);
};

const createNew = (context: CliContext): Command =>
  withNewFile(
    createCommand(
      'new',
      'Makes a key and writes it, encrypted, to a new file that only you can read.',
      'aivm account new --out provider.key',
    ),
  ).action(async (options: FileOptions) => {
    const output = outputFor(context, options);
    const { createWallet } = await import('@aivm/sdk');
    const wallet = createWallet();
    await writeWallet(wallet, options);
    output.line(`address  ${wallet.address}`);
    output.line(
      options.plain === true
        ? `key      ${options.out} (mode 600; whoever reads it has the money)`
        : `key      ${options.out} (encrypted; the password opens it)`,
    );
    output.line(`words    ${wallet.mnemonic}`);
    output.line('Write the words down: they are shown this once and restore the key.');
    output.json({ address: wallet.address, file: options.out });
  });

async function walletOfText(text: string): Promise<Wallet> {
  const { importWallet } = await import('@aivm/sdk');
  const secret = text.trim();
  if (secret === '') throw new UsageError('expected a key or words on standard input');
  try {
    return secret.includes(' ')
      ? importWallet({ mnemonic: secret.split(/\s+/).join(' ') })
      : importWallet({ privateKey: parseKeyText(secret, 'standard input') });
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new AivmError('malformed', error.message, { cause: error });
    }
    throw error;
  }
}

const createImport = (context: CliContext): Command =>
  withNewFile(
    createCommand(
      'import',
      'Reads a key (64 hex digits) or BIP-39 words from standard input and writes an encrypted key file.',
      'aivm account import --out provider.key --password-file password.txt < words.txt',
    ),
  ).action(async (options: FileOptions) => {
    const output = outputFor(context, options);
    if (process.stdin.isTTY) output.note('Type the key or the words, then Ctrl-D:');
    const wallet = await walletOfText(await readAll(process.stdin));
    await writeWallet(wallet, options);
    output.line(`address  ${wallet.address}`);
    output.line(`key      ${options.out}`);
    output.json({ address: wallet.address, file: options.out });
  });

type AccountOptions = NodeOptions & KeyOptions & { readonly json?: boolean };

const createBalance = (context: CliContext): Command =>
  withKey(withNode(createCommand('balance', 'What an address owns.', 'aivm account balance --dev 0')))
    .argument('[address]', 'the address; your own when left out', addressOption)
    .action(async (address: Uint8Array | undefined, options: AccountOptions) => {
      const output = outputFor(context, options);
      const client = await openClient(options);
      const account = await client.getAccount(address ?? (await openWallet(options, context)).addressBytes);
      output.line(`balance  ${account.balance}`);
      output.line(`nonce    ${account.nonce}`);
      output.json(await toWire('getAccount', account));
    });

const createSend = (context: CliContext): Command =>
  withKey(
    withNode(
      createCommand(
        'send',
        'Moves money to another address.',
        'aivm account send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 5e18 --dev 0',
      ),
    ),
  )
    .argument('<to>', 'the address that receives', addressOption)
    .argument('<amount>', 'in the smallest unit, e.g. 1000000 or 5e18', amountOption)
    .action(async (to: Uint8Array, amount: bigint, options: AccountOptions) => {
      const output = outputFor(context, options);
      const sender = await openSender(options, context);
      const { hash, height } = await sender.send({ kind: 'transfer', to, amount });
      output.line(`sent ${amount} in block ${height}`);
      output.json({ hash, height });
    });

/** `aivm account new|import|balance|send` */
export const createAccountCommand = (context: CliContext): Command =>
  createGroup('account', 'Keys and money.')
    .addCommand(createNew(context))
    .addCommand(createImport(context))
    .addCommand(createBalance(context))
    .addCommand(createSend(context));
