import { stat } from 'node:fs/promises';
import { type ProcessorKind, pathFromFirst } from '@aivm/core/attestation';
import { AivmError } from '@aivm/core/errors';
import type { EvidenceSource } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { UsageError } from './cli-context.ts';
import { readChainFiles, readClaims, readDocumentFiles, readManifestFiles } from './evidence-files.ts';

const TEE_KINDS = ['snp', 'tdx', 'sgx', 'software'] as const;

/** How a provider in an attested environment proves it. */
export interface EvidenceOptions {
  readonly tee?: ProcessorKind | 'software';
  readonly reportCommand?: string;
  readonly reportChain: readonly string[];
  readonly collateral: readonly string[];
  readonly tsmDir?: string;
  readonly statement?: string;
  readonly gpuEvidenceCommand?: string;
  readonly gpuChain: readonly string[];
  readonly gpuCollateral: readonly string[];
  readonly rim: readonly string[];
}

/** Who attests. */
export interface EvidenceOwner {
  readonly provider: string;
  /** The operator's key; asked for only where a statement is signed. */
  exportPrivateKey(): Uint8Array;
}

const collect = (path: string, paths: readonly string[]): readonly string[] => [...paths, path];

const withGpus = (command: Command): Command =>
  command
    .option(
      '--gpu-evidence-command <cmd>',
      "makes reports of this machine's GPUs, as JSON; {nonceHex} and {outFile} stand for 32 bytes and a file",
    )
    .option('--rim <file>', 'reference manifest of a driver or firmware: XML; repeatable', collect, [])
    .option('--gpu-chain <file>', 'certificates for GPU reports that carry none; repeatable', collect, [])
    .option('--gpu-collateral <file>', "NVIDIA's revocation lists; repeatable", collect, []);

/** Adds `--tee KIND` and the flags that say where reports, certificates and vendors' documents come from. */
export const withEvidence = (command: Command): Command =>
  withGpus(
    command
      .addOption(
        new Option(
          '--tee <kind>',
          'this process runs in a confidential VM or enclave: attest it and sign answers with a key inside; software: only say what card it has',
        ).choices([...TEE_KINDS]),
      )
      .option(
        '--report-command <cmd>',
        "makes reports in place of Linux's own interface; {reportDataHex} and {outFile} stand for 64 bytes and a file",
      )
      .option('--report-chain <file>', 'certificates for an AMD report, leaf first; repeatable', collect, [])
      .option(
        '--collateral <file>',
        "the vendor's lists and levels to hold evidence against; repeatable",
        collect,
        [],
      )
      .option('--tsm-dir <dir>', 'where the kernel offers reports [/sys/kernel/config/tsm/report]')
      .option('--statement <file>', 'what --tee software says of the card: JSON'),
  );

/** Flags that were given, of those that make sense only beside another one. */
const given = (flags: Readonly<Record<string, string | readonly string[] | undefined>>): readonly string[] =>
  Object.entries(flags).flatMap(([flag, value]) => (value === undefined || value.length === 0 ? [] : [flag]));

/** @throws UsageError where flags do not fit together. */
function checkFlags(options: EvidenceOptions): void {
  const { tee, reportCommand, reportChain, collateral, tsmDir, statement } = options;
  const { gpuEvidenceCommand, gpuChain, gpuCollateral, rim } = options;
  const refuseStray = (flags: readonly string[], owner: string): void => {
    if (flags.length > 0) throw new UsageError(`${flags.join(', ')}: of use only with ${owner}`);
  };
  const processor = given({
    '--report-command': reportCommand,
    '--report-chain': reportChain,
    '--collateral': collateral,
    '--tsm-dir': tsmDir,
  });
  if (tee === undefined || tee === 'software') refuseStray(processor, '--tee snp, tdx or sgx');
  if (tee !== 'software') refuseStray(given({ '--statement': statement }), '--tee software');
  if (gpuEvidenceCommand === undefined) {
    refuseStray(
      given({ '--rim': rim, '--gpu-chain': gpuChain, '--gpu-collateral': gpuCollateral }),
      '--gpu-evidence-command',
    );
  } else if (tee === 'software') {
    throw new UsageError('--gpu-evidence-command: a chain takes hardware evidence or a statement, not both');
  }
  for (const [flag, command] of [
    ['--report-command', reportCommand],
    ['--gpu-evidence-command', gpuEvidenceCommand],
  ] as const) {
    if (command?.trim() === '') throw new UsageError(`${flag}: expected a program, got an empty text`);
  }
  if (tee !== 'snp')
    refuseStray(given({ '--report-chain': reportChain }), '--tee snp: an Intel quote carries its own');
  if (reportCommand !== undefined && tsmDir !== undefined) {
    throw new UsageError('--tsm-dir: of no use with --report-command, which makes the reports in its place');
  }
  if (tee === 'sgx' && reportCommand === undefined) {
    throw new UsageError('--tee sgx needs --report-command: the kernel makes no quotes of enclaves');
  }
}

/** @throws AivmError `not_found` where the kernel offers no reports at all. */
async function checkTsmDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  const missing = 'this is no confidential VM, or configfs or the guest driver is missing';
  throw new AivmError(
    'not_found',
    `no reports at ${directory}: ${missing}; --tsm-dir DIR or --report-command CMD name another source`,
  );
}

async function openProcessor(
  kind: ProcessorKind,
  { reportCommand, reportChain, collateral, tsmDir }: EvidenceOptions,
  name: string,
): Promise<EvidenceSource> {
  const { createProcessorSource, TSM_REPORT_DIRECTORY } = await import('@aivm/worker');
  const readChain = () => readChainFiles(reportChain);
  const readDocuments = async () => readDocumentFiles(kind, collateral, await readChain());
  // A wrong path is reported at the start, not at the first renewal.
  await readDocuments();
  if (reportCommand === undefined) await checkTsmDirectory(tsmDir ?? TSM_REPORT_DIRECTORY);
  return createProcessorSource({
    kind,
    name,
    readChain,
    readDocuments,
    ...(reportCommand === undefined ? {} : { command: reportCommand }),
    ...(tsmDir === undefined ? {} : { tsmDirectory: tsmDir }),
  });
}

async function openGpus(command: string, options: EvidenceOptions): Promise<EvidenceSource> {
  const readChain = () => readChainFiles(options.gpuChain);
  const readDocuments = async () => [
    ...(await readDocumentFiles('nvidia', options.gpuCollateral, await readChain())),
    ...(await readManifestFiles(options.rim)),
  ];
  await readDocuments();
  const { createGpuSource } = await import('@aivm/worker');
  // The issuers of lists may stand among them: with a report goes what stands above its leaf.
  const readReportChain = async () => pathFromFirst(await readChain());
  return createGpuSource({ command, readChain: readReportChain, readDocuments });
}

async function openStatement(path: string | undefined, owner: EvidenceOwner): Promise<EvidenceSource> {
  if (path === undefined)
    throw new UsageError('--tee software needs --statement FILE: what it says of the card');
  const claims = await readClaims(path);
  const { createSoftwareSource } = await import('@aivm/worker');
  return createSoftwareSource(claims, owner.exportPrivateKey());
}

/**
 * The source that the options describe; undefined where they name none. Every file is read once, so that what is wrong
 * with it is reported at the start. @throws UsageError, AivmError `not_found`, `malformed`
 */
export async function openEvidenceSource(
  options: EvidenceOptions,
  owner: EvidenceOwner,
): Promise<EvidenceSource | undefined> {
  checkFlags(options);
  const { tee, gpuEvidenceCommand } = options;
  if (tee === 'software') return openStatement(options.statement, owner);
  const sources: EvidenceSource[] = [];
  if (tee !== undefined) sources.push(await openProcessor(tee, options, owner.provider));
  if (gpuEvidenceCommand !== undefined) sources.push(await openGpus(gpuEvidenceCommand, options));
  const [first, ...others] = sources;
  if (first === undefined || others.length === 0) return first;
  const { combineSources } = await import('@aivm/worker');
  return combineSources(...sources);
}
