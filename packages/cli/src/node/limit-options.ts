import type { HttpLimits, MempoolLimits } from '@aivm/node';
import type { Command } from 'commander';
import { UsageError } from '../cli-context.ts';

/** Options of every command that serves a node. */
export interface LimitOptions {
  readonly limit: readonly string[];
}

/** Bounds that differ from the defaults. */
export interface NodeLimits {
  readonly http: Partial<HttpLimits>;
  readonly mempool: Partial<MempoolLimits>;
}

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** Adds `--limit NAME=VALUE`. */
export const withLimits = (command: Command): Command =>
  command.option(
    '--limit <name=value>',
    'a bound of requests or of the pool, such as requests-per-second=500; repeatable; a name that there is not lists all',
    collect,
    [],
  );

const toKebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Which of the bounds 0 turns off; every other one is at least 1. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set(['requestsPerSecond', 'nonceGapMax']);
const VALUE_MAX = 2 ** 31 - 1;

/** @throws UsageError for a name that there is not, and for a value that is no whole number in its range. */
export async function readLimits({ limit }: LimitOptions): Promise<NodeLimits> {
  const { DEFAULT_HTTP_LIMITS, DEFAULT_MEMPOOL_LIMITS } = await import('@aivm/node');
  const defaults = { ...DEFAULT_HTTP_LIMITS, ...DEFAULT_MEMPOOL_LIMITS };
  const chosen: Record<string, number> = {};
  for (const text of limit) {
    const [name = '', value = ''] = text.split('=', 2);
    const key = Object.keys(defaults).find((known) => toKebab(known) === name);
    if (key === undefined) {
      const list = Object.entries(defaults).map(([known, byDefault]) => `${toKebab(known)}=${byDefault}`);
      throw new UsageError(`--limit ${text}: there is no bound "${name}"; there are ${list.join(', ')}`);
    }
    const min = MAY_BE_ZERO.has(key) ? 0 : 1;
    if (!/^\d{1,10}$/.test(value) || Number(value) < min || Number(value) > VALUE_MAX) {
      throw new UsageError(`--limit ${text}: expected a whole number ${min}…${VALUE_MAX}, got "${value}"`);
    }
    chosen[key] = Number(value);
  }
  const pick = <T extends object>(limits: T): Partial<T> =>
    Object.fromEntries(Object.entries(chosen).filter(([key]) => key in limits)) as Partial<T>;
  return { http: pick(DEFAULT_HTTP_LIMITS), mempool: pick(DEFAULT_MEMPOOL_LIMITS) };
}
