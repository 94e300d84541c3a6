import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { AivmError } from '@aivm/core/errors';
import { type Command, Option } from 'commander';
import { UsageError } from './cli-context.ts';

/** Where the password of a key file comes from, if it is not typed. */
export interface PasswordOptions {
  readonly passwordFile?: string | undefined;
}

/** The password itself; a file or the terminal is safer, because other programs can read an environment. */
const PASSWORD_VARIABLE = 'AIVM_KEY_PASSWORD';

/** Adds `--password-file FILE`. */
export const withPassword = (command: Command): Command =>
  command.addOption(
    new Option(
      '--password-file <file>',
      'its first line opens the key file; else AIVM_KEY_PASSWORD, or the terminal asks',
    ).env('AIVM_KEY_PASSWORD_FILE'),
  );

/**
 * The password of a key file: the first line of a file, the environment's, or what is typed.
 *
 * @param options.isNew asks twice at the terminal
 * @throws UsageError if there is no terminal to ask at
 */
export async function readPassword({
  passwordFile,
  isNew = false,
}: PasswordOptions & { readonly isNew?: boolean }): Promise<string> {
  if (passwordFile !== undefined) {
    const text = await readFile(passwordFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      throw new AivmError('not_found', `--password-file ${passwordFile}: ${cause.message}`, { cause });
    });
    return text.split(/\r?\n/, 1)[0] ?? '';
  }
  const fromEnvironment = process.env[PASSWORD_VARIABLE];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (!process.stdin.isTTY)
    throw new UsageError(
      isNew
        ? `no password for the new key file: give --password-file FILE or ${PASSWORD_VARIABLE}, or --plain for a file without one`
        : `the key file is encrypted: give --password-file FILE or ${PASSWORD_VARIABLE}`,
    );
  const password = await ask('Password: ');
  if (isNew && (await ask('Once more: ')) !== password) throw new UsageError('the two passwords differ');
  return password;
}

/** Asks at the terminal and shows nothing of what is typed. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      terminal.once('line', resolve);
      terminal.once('close', () => reject(new UsageError('no password was typed')));
      terminal.once('SIGINT', () => reject(new UsageError('no password was typed')));
    });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
