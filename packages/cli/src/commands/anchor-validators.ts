import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { AivmError } from '@aivm/core/errors';
import type { Command } from 'commander';
import { type CliContext, createCommand, outputFor } from '../cli-context.ts';
import { type NodeOptions, openClient, withNode } from '../connection.ts';
import { integerOption } from '../option-parsers.ts';
import { formatTable } from '../output.ts';
import { shorten, toHex, toWire } from '../show.ts';

const SERIAL_MAX = 1_000_000_000;
const SHOWN_SIGNATURE = 18;

interface KeyOptions {
  readonly json?: boolean;
  readonly genesis: string;
  readonly consensusKey: string;
  readonly out: string;
  readonly serial: number;
}

/** `aivm anchor key` */
export const createAnchorKey = (context: CliContext): Command =>
  createCommand(
    'key',
    "Makes a key with which a CometBFT validator signs anchors, bound to the validator's own key by both signatures.",
    'aivm anchor key --genesis genesis.json --consensus-key ~/.cometbft/config/priv_validator_key.json --out anchor-key.json',
  )
    .requiredOption('--genesis <file>', "the chain's genesis JSON: the binding is for this chain alone")
    .requiredOption('--consensus-key <file>', "CometBFT's priv_validator_key.json of this validator")
    .requiredOption('--out <file>', 'the file to write; it must not exist')
    .option(
      '--serial <n>',
      'greater than that of every key before, so that this one takes their place',
      integerOption(0, SERIAL_MAX),
      0,
    )
    .action(async (options: KeyOptions) => {
      const { anchorKeyToJson, bindAnchorKey, readGenesis } = await import('@aivm/node');
      const { hashGenesis } = await import('@aivm/core/execute');
      const { readJsonFile } = await import('../node/genesis-file.ts');
      const { anchorSignerText, readConsensusSeed } = await import('../node/anchor-signers.ts');
      const output = outputFor(context, options);
      const genesis = readGenesis(await readJsonFile(options.genesis, 'genesis'));
      const privateKey = new Uint8Array(randomBytes(32));
      const consensusSeed = await readConsensusSeed(options.consensusKey);
      const chain = { chainId: genesis.chainId, genesisHash: hashGenesis(genesis) };
      const binding = bindAnchorKey(chain, { consensusSeed, privateKey, serial: BigInt(options.serial) });
      const text = await anchorSignerText({ privateKey, binding });
      await writeFile(options.out, text, { mode: 0o600, flag: 'wx' }).catch(
        (cause: NodeJS.ErrnoException) => {
          if (cause.code === 'EEXIST')
            throw new AivmError('id_taken', `${options.out} exists; keys are never overwritten`);
          throw new AivmError('not_found', `${options.out}: ${cause.message}`, { cause });
        },
      );
      const shown = anchorKeyToJson(binding);
      output.line(`key      ${shown.key}, serial ${shown.serial}, in ${options.out} (mode 600)`);
      output.line('The binding, for app_state.aivm_anchor_keys of the genesis of CometBFT:');
      output.line(JSON.stringify(shown, undefined, 2));
      output.json({ file: options.out, binding: shown });
    });

/** `aivm anchor signatures` */
export const createAnchorSignatures = (context: CliContext): Command =>
  withNode(
    createCommand(
      'signatures',
      'What the validators of a CometBFT network signed of an anchor.',
      'aivm anchor signatures 12',
    ),
  )
    .argument('<number>', 'of the anchor', integerOption(0, Number.MAX_SAFE_INTEGER))
    .action(async (number: number, options: NodeOptions & { readonly json?: boolean }) => {
      const output = outputFor(context, options);
      const client = await openClient(options);
      const answer = await client.getAnchorSignatures(number, { signal: context.signal });
      const { set, signatures, signed_power: signed, total_power: total } = answer;
      output.line(`anchor ${number}: ${signed} of ${total} of the power of set ${set.number} signed`);
      output.line(`digest ${toHex(answer.digest)}`);
      const rows = set.validators.map(({ key, power }, place) => {
        const signature = signatures[place] ?? new Uint8Array(0);
        return [
          toHex(key),
          String(power),
          signature.length === 0 ? '–' : shorten(toHex(signature), SHOWN_SIGNATURE),
        ];
      });
      output.line(formatTable(['key', 'power', 'signature'], rows));
      output.json(await toWire('getAnchorSignatures', answer));
    });

/** `aivm anchor validators` */
export const createAnchorValidators = (context: CliContext): Command =>
  withNode(
    createCommand(
      'validators',
      'Who signs the anchors of a CometBFT network.',
      'aivm anchor validators --node http://127.0.0.1:9650',
    ),
  ).action(async (options: NodeOptions & { readonly json?: boolean }) => {
    const output = outputFor(context, options);
    const client = await openClient(options);
    const answer = await client.getAnchorValidators({ signal: context.signal });
    const { set, next, signed_anchors: signed } = answer;
    output.line(`set ${set.number}, ${toHex(set.hash)}; anchors below ${signed} are signed`);
    if (next !== undefined) output.line(`set ${next.number} is to take its place, once this one signed that`);
    output.line(
      formatTable(
        ['validator', 'key', 'power'],
        set.validators.map(({ consensus_address: consensus, key, power }) => [
          toHex(consensus),
          toHex(key),
          String(power),
        ]),
      ),
    );
    output.json(await toWire('getAnchorValidators', answer));
  });
