import { readFileSync } from 'node:fs';
import { AivmError } from '@aivm/core/errors';
import {
  CheckClass,
  PanelKind,
  PanelPhase,
  readModel,
  readOperator,
  readTask,
  readTaskInput,
  requireProvider,
  stateKeys,
} from '@aivm/core/state';
import * as sdk from '@aivm/sdk';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { startScenario } from '../packages/node/test/http/scenario.ts';
import { makeConviction } from '../packages/sdk/test/support/make-conviction.ts';
import { sourcesBelow } from './source-tree.ts';

/** The functions that programs get from the sdk; classes are only thrown to them. */
const functions = Object.entries(sdk)
  .filter(([, value]) => typeof value === 'function' && !/^class\b/.test(String(value)))
  .map(([name]) => name);

const sources = [...sourcesBelow('packages/sdk/src'), ...sourcesBelow('packages/core/src')];

/** The examples in the comment of an exported function, each a piece of code. */
function examplesOf(name: string): readonly string[] {
  const declared = new RegExp(
    `/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport (?:async )?(?:function|const) ${name}\\b`,
  );
  const comment =
    sources.map(({ text }) => declared.exec(text)?.[1]).find((found) => found !== undefined) ?? '';
  return comment
    .split(/@(?=example\b|throws\b|param\b|returns\b)/)
    .filter((tag) => tag.startsWith('example'))
    .map((tag) => tag.slice('example'.length).replace(/\n \*/g, '\n').trim());
}

/** The code of an example: a line `value // other` says that both are equal. */
const programOf = (example: string): string =>
  example
    .split('\n')
    .map((line) => {
      const [, value, other] = /^(.*\S)\s+\/\/ (.*)$/.exec(line) ?? [];
      return other === undefined ? line : `same((${value}), (${other}));`;
    })
    .join('\n');

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parts: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** Runs an example. `names` are what it may use besides the sdk. @returns how many values it compared. */
async function run(example: string, names: Readonly<Record<string, unknown>>): Promise<number> {
  let compared = 0;
  const same = (value: unknown, other: unknown): void => {
    compared += 1;
    expect(value).toEqual(other);
  };
  const scope = { ...sdk, ...names, same };
  const program = new AsyncFunction(...Object.keys(scope), `{ ${programOf(example)} }`);
  await program(...Object.values(scope));
  return compared;
}

/** A chain with the receipt of task t-1 by provider p-1, and what examples call the things on it. */
async function world(): Promise<Readonly<Record<string, unknown>>> {
  const { client, node, server } = await startScenario();
  const state = node.state();
  const accepted = node.blocks.getBlock(1);
  const provider = requireProvider(state, 'p-1');
  const [, wallet] = sdk.developmentAccounts();
  if (wallet === undefined || accepted === undefined) throw new Error('the scenario did not play');
  const { chainId, genesisHash } = node;
  const operation = { kind: 'heartbeat', id: 'p-1' } as const;
  const tx = { chainId, genesisHash, nonce: 9n, expiry: 0n, operation } as const;
  const signed = wallet.sign(tx);
  const key = wallet.exportPrivateKey();
  const noSeats = {
    phase: PanelPhase.committing,
    kind: PanelKind.redundant,
    number: 1,
    round: 0,
    m: 2,
    n: 3,
    drawn: 0,
  };
  const url = server.url.replace(/\/rpc$/, '');
  return {
    url,
    createClient: (options: sdk.ClientOptions) => sdk.createClient({ ...options, url }),
    client,
    wallet,
    mnemonic: sdk.createWallet().mnemonic,
    key,
    privateKeyToAccount: () => privateKeyToAccount(`0x${Buffer.from(key).toString('hex')}`),
    window: { ethereum: { request: async () => [wallet.address] } },
    tx,
    signed,
    signature: signed.bytes.slice(-65),
    state,
    config: node.config,
    params: node.params,
    block: accepted.block,
    outcomes: accepted.outcomes,
    details: accepted.details,
    event: accepted.events[0],
    message: node.anchors.get(0),
    file: await client.getReceiptProof(0),
    provider,
    operator: readOperator(state, provider.operator),
    gpu: provider.gpus[0],
    panel: { panel: { ...noSeats, commitDeadline: 0, revealDeadline: 0 }, seats: [] },
    conviction: makeConviction(true),
    ...{ AivmError, CheckClass, readModel, readTask, readTaskInput, stateKeys, z },
  };
}

describe('the functions of the sdk', () => {
  it('are the ones that the index exports', () => {
    const index = readFileSync(new URL('../packages/sdk/src/index.ts', import.meta.url), 'utf8');
    expect(functions.length).toBeGreaterThan(50);
    expect(functions.filter((name) => !new RegExp(`\\b${name}\\b`).test(index))).toEqual([]);
  });

  it('have examples that run', { timeout: 60_000 }, async () => {
    const names = await world();
    const wrong: string[] = [];
    let compared = 0;
    for (const name of functions) {
      const examples = examplesOf(name);
      if (!examples.some((example) => example.includes(name))) wrong.push(`${name}: no @example`);
      for (const example of examples) {
        try {
          compared += await run(example, names);
        } catch (error) {
          wrong.push(`${name}: ${String(error)}`);
        }
      }
    }
    expect(wrong).toEqual([]);
    // An example that says what comes out is worth more than one that only runs.
    expect(compared).toBeGreaterThan(functions.length * 0.7);
  });

  it('would be found without an example, or with one that is wrong', async () => {
    expect(examplesOf('sameSigner')).toEqual([]);
    await expect(run("formatAmount(1n) // '2 AI'", {})).rejects.toThrow();
    await expect(run('noSuchFunction()', {})).rejects.toThrow(ReferenceError);
  });
});
