import { readFile } from 'node:fs/promises';
import {
  ATTESTATION_KINDS,
  ATTESTATION_LIMITS,
  type AttestationKind,
  rfc3339ToSeconds,
  verifyEvidenceFiles,
} from '@aivm/core/attestation';
import { AivmError } from '@aivm/core/errors';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CliContext, createCommand, createGroup, EXIT_REFUSED, outputFor } from '../cli-context.ts';
import { toJsonLine } from '../json-line.ts';
import { bytesOption } from '../option-parsers.ts';

interface VerifyOptions {
  readonly json?: boolean;
  readonly kind: AttestationKind;
  readonly evidence: string;
  readonly chain: readonly string[];
  readonly rim: readonly string[];
  readonly collateral?: string;
  /** Unix seconds. */
  readonly now: number;
  readonly nonce?: Uint8Array;
  readonly allowDebug?: boolean;
}

const collect = (path: string, paths: readonly string[]): readonly string[] => [...paths, path];

function nowOption(text: string): number {
  const seconds = rfc3339ToSeconds(text);
  if (seconds === undefined) throw new InvalidArgumentError('Expected a time such as 2026-01-01T00:00:00Z.');
  return seconds;
}

function nonceOption(text: string): Uint8Array {
  const nonce = bytesOption(text);
  if (nonce.length !== 32 && nonce.length !== 64)
    throw new InvalidArgumentError('Expected 32 or 64 bytes of hex.');
  return nonce;
}

async function readBytes(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AivmError('not_found', `no file at ${path}`, { cause });
  });
  if (bytes.length > ATTESTATION_LIMITS.fileBytesMax) throw new AivmError('too_large', path);
  return new Uint8Array(bytes);
}

async function verify(options: VerifyOptions, context: CliContext): Promise<void> {
  const { kind, now, nonce, collateral } = options;
  const report = verifyEvidenceFiles({
    kind,
    now,
    nonce,
    evidence: await readBytes(options.evidence),
    chain: await Promise.all(options.chain.map(readBytes)),
    rims: await Promise.all(options.rim.map(readBytes)),
    collateral: collateral === undefined ? undefined : await readBytes(collateral),
    allowDebug: options.allowDebug === true,
  });
  const output = outputFor(context, options);
  if (output.isJson) output.json(report);
  else output.line(toJsonLine(report));
  if (!report.accepted) context.setExitCode(EXIT_REFUSED);
}

const EXAMPLE = [
  'aivm attest verify --kind snp --evidence report.bin --chain vcek.pem --chain ask_ark.pem \\',
  '  --now 2026-01-01T00:00:00Z',
].join('\n');

const createVerify = (context: CliContext): Command =>
  createCommand('verify', 'Verifies hardware evidence offline and prints the verdict as JSON.', EXAMPLE)
    .addOption(new Option('--kind <kind>', 'who vouches').choices(ATTESTATION_KINDS).makeOptionMandatory())
    .requiredOption('--evidence <file>', 'report, quote or statement: binary, hex, base64, or JSON')
    .option('--chain <file>', 'certificates, leaf first: PEM or DER; repeatable', collect, [])
    .option('--rim <file>', 'reference manifest of a GPU: XML; repeatable', collect, [])
    .option('--collateral <file>', 'JSON of TCB info, enclave identity and lists; or a revocation list')
    .requiredOption('--now <time>', 'the time at which to judge, RFC 3339 in UTC', nowOption)
    .option('--nonce <hex>', 'what the evidence must answer: 32 bytes, or 64 of report data', nonceOption)
    .option('--allow-debug', 'accept environments that can be debugged')
    .action((options: VerifyOptions) => verify(options, context));

/** `aivm attest verify` */
export const createAttestCommand = (context: CliContext): Command =>
  createGroup('attest', 'Hardware evidence: who vouches for a machine, and for what.').addCommand(
    createVerify(context),
  );
