import type { Option } from 'commander';
import { amountOption, durationOption, type IntegerOption } from '../option-parsers.ts';

/** What a value of a configuration file may be, as the flag of its name takes it. */
export type ConfigKind =
  | { readonly kind: 'switch' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'duration' }
  | { readonly kind: 'amount' }
  | { readonly kind: 'text' }
  /** Several values of one flag: `separator` where the flag takes them at once, undefined where it is repeated. */
  | { readonly kind: 'list'; readonly separator?: ','; readonly isPairs: boolean };

/** The key of an option: its long flag without the dashes. */
export const keyOf = (option: Option): string => (option.long ?? '').replace(/^--/, '');

type Parser = ((text: string, before?: unknown) => unknown) & Partial<Pick<IntegerOption, 'bounds'>>;

/** The parser of an option, if it has one. */
export const parserOf = (option: Option): Parser | undefined => option.parseArg as Parser | undefined;

/** What an option takes. */
export function kindOf(option: Option): ConfigKind {
  if (!option.required && !option.optional) return { kind: 'switch' };
  const parser = parserOf(option);
  if (option.argChoices !== undefined) return { kind: 'choice', choices: option.argChoices };
  if (Array.isArray(option.defaultValue)) {
    const isPairs = /<[^>]*=[^>]*>/.test(option.flags);
    return parser?.length === 2 ? { kind: 'list', isPairs } : { kind: 'list', separator: ',', isPairs };
  }
  if (parser?.bounds !== undefined) return { kind: 'integer', ...parser.bounds };
  if (parser === (durationOption as unknown)) return { kind: 'duration' };
  if (parser === (amountOption as unknown)) return { kind: 'amount' };
  return { kind: 'text' };
}
