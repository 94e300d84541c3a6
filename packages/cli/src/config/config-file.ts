import { type Command, InvalidArgumentError, type Option } from 'commander';
import { UsageError } from '../cli-context.ts';
import { readJsonFile } from '../node/genesis-file.ts';
import { type ConfigKind, keyOf, kindOf, parserOf } from './config-option.ts';
import { nearestOf } from './nearest.ts';

const FLAG = '--config';
/** Flags that make no sense in a file. */
const NOT_IN_FILES: ReadonlySet<string> = new Set(['config', 'help', 'json', 'check']);
const configured = new WeakSet<Command>();

/** Adds `--config FILE`: a JSON object of the command's own flags. */
export function withConfigFile(command: Command): Command {
  configured.add(command);
  return command.option(
    `${FLAG} <file>`,
    'flags from a JSON file: {"port": 9650, …}; one on the command line wins (aivm config schema)',
  );
}

/** Whether a command takes a configuration file. */
export const isConfigured = (command: Command): boolean => configured.has(command);

/** The options of a command that its file may set. */
export const configurableOptions = (command: Command): readonly Option[] =>
  command.options.filter((option) => option.long !== undefined && !NOT_IN_FILES.has(keyOf(option)));

type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A fault of one value, in words. */
class ValueFault extends Error {}

const show = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part)).slice(0, 80);

const expected = (what: string, value: unknown): ValueFault =>
  new ValueFault(`expected ${what}, got ${show(value)}`);

function scalar(value: Json, what: string): string {
  if (typeof value === 'string' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return String(value);
  throw expected(what, value);
}

const WHAT: Readonly<Record<ConfigKind['kind'], string>> = {
  switch: 'true or false',
  integer: 'a whole number',
  choice: 'a name',
  duration: 'a duration such as "2s"',
  amount: 'an amount such as "1.5 AI"',
  text: 'text',
  list: 'a list',
};

/** The values that a flag is given, as words of a command line; undefined for a switch that is off. */
function wordsOf(option: Option, value: Json): readonly string[] | undefined {
  const kind = kindOf(option);
  if (kind.kind === 'switch') {
    if (typeof value !== 'boolean') throw expected(WHAT.switch, value);
    return value ? [] : undefined;
  }
  if (kind.kind !== 'list') return [scalar(value, WHAT[kind.kind])];
  const members = Array.isArray(value)
    ? value.map((member: Json) => scalar(member, 'text in the list'))
    : kind.isPairs && typeof value === 'object' && value !== null
      ? Object.entries(value).map(
          ([name, member]) => `${name}=${scalar(member, `text or a number for "${name}"`)}`,
        )
      : [scalar(value, kind.isPairs ? 'a list, or an object of names and values' : WHAT.list)];
  return kind.separator === undefined ? members : [members.join(kind.separator)];
}

/** @throws ValueFault what the flag itself would say */
function check(option: Option, words: readonly string[]): void {
  const parse = parserOf(option);
  let before: unknown = option.defaultValue;
  for (const word of words) {
    try {
      if (parse !== undefined) before = parse.call(option, word, before);
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      const said = error.message.replace(/\.$/, '');
      throw new ValueFault(said.includes(`"${word}`) ? said : `${said}, got "${word.slice(0, 80)}"`);
    }
  }
}

const has = (args: readonly string[], flag: string): boolean =>
  args.some((arg) => arg === flag || arg.startsWith(`${flag}=`));

/** The flags that a file stands for. */
function flagsOf(
  command: Command,
  file: { readonly [name: string]: Json },
  isTaken: (option: Option) => boolean,
) {
  const options = new Map(configurableOptions(command).map((option) => [keyOf(option), option]));
  const flags: string[] = [];
  const faults: string[] = [];
  for (const [key, value] of Object.entries(file)) {
    if (key === '$schema') continue;
    const option = options.get(key);
    if (option === undefined) {
      const near = nearestOf(key, [...options.keys()]);
      faults.push(
        `"${key}" is no flag of aivm ${command.name()}${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
      continue;
    }
    try {
      const words = wordsOf(option, value);
      if (words === undefined) continue;
      check(option, words);
      if (isTaken(option)) continue;
      flags.push(
        ...(words.length === 0 && kindOf(option).kind === 'switch'
          ? [`--${key}`]
          : words.map((word) => `--${key}=${word}`)),
      );
    } catch (error) {
      if (!(error instanceof ValueFault)) throw error;
      faults.push(`${key}: ${error.message}`);
    }
  }
  return { flags, faults };
}

/**
 * Reads a configuration file as flags of a command. `isTaken` says which of them something else decides.
 * @throws AivmError `not_found` or `malformed` with the file's name; UsageError with every fault in it
 */
export async function readConfigFile(
  command: Command,
  path: string,
  isTaken: (option: Option) => boolean = () => false,
): Promise<readonly string[]> {
  const { parseJson } = await import('@aivm/sdk');
  const file = parseJson(await readJsonFile(path, 'configuration')) as Json;
  if (typeof file !== 'object' || file === null || Array.isArray(file))
    throw new UsageError(
      `${path}: expected a JSON object of flags such as {"port": 9650}, got ${show(file)}`,
    );
  const { flags, faults } = flagsOf(command, file as { readonly [name: string]: Json }, isTaken);
  if (faults.length > 0) throw new UsageError(`${path}: ${faults.join('; ')}`);
  return flags;
}

/** The file that a command line names. */
function fileOf(args: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => arg === FLAG || arg.startsWith(`${FLAG}=`));
  if (index < 0) return undefined;
  const inline = args[index]?.slice(FLAG.length + 1) ?? '';
  return inline !== '' ? inline : args[index + 1];
}

/**
 * A command line with the flags of its configuration file in it, where it names one.
 * @param args what follows the name of the command
 * @throws as {@link readConfigFile}
 */
export async function expandConfig(
  command: Command,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const isOfSubcommand = command.commands.some((one) => one.name() === args[0]);
  const path = isConfigured(command) && !isOfSubcommand ? fileOf(args) : undefined;
  if (path === undefined) return args;
  const isTaken = (option: Option): boolean =>
    has(args, option.long ?? '') || (option.envVar !== undefined && env[option.envVar] !== undefined);
  return [...(await readConfigFile(command, path, isTaken)), ...args];
}
