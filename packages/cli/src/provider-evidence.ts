import { readFile } from 'node:fs/promises';
import {
  AivmError,
  AttestationRefusal,
  CollateralKind,
  type ProcessorKind,
  readCertificates,
  readVendorDocuments,
  type VendorDocument as SignedVendorDocument,
} from '@aivm/core';
import type { EvidenceSource, VendorDocument } from '@aivm/worker';
import { type Command, Option } from 'commander';
import { UsageError } from './cli-context.ts';

const NO_BYTES = new Uint8Array(0);
const TEE_KINDS = ['snp', 'tdx', 'sgx'] as const;

/** How a provider in an attested environment proves it. */
export interface EvidenceOptions {
  readonly tee?: ProcessorKind;
  readonly reportCommand?: string;
  readonly reportChain: readonly string[];
  readonly collateral: readonly string[];
  readonly tsmDir?: string;
}

const collect = (path: string, paths: readonly string[]): readonly string[] => [...paths, path];

/** Adds `--tee KIND`, `--report-command CMD`, `--report-chain FILE`, `--collateral FILE` and `--tsm-dir DIR`. */
export const withEvidence = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--tee <kind>',
        'this process runs in a confidential VM or enclave: attest it and sign answers with a key inside',
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
    .option('--tsm-dir <dir>', 'where the kernel offers reports [/sys/kernel/config/tsm/report]');

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new AivmError('not_found', `no file at ${path}`, { cause });
  }
}

/** Documents as they are sent to the chain. */
function toOperation(document: SignedVendorDocument): VendorDocument {
  switch (document.kind) {
    case 'revocationList':
      return {
        documentKind: CollateralKind.revocationList,
        body: document.list,
        signature: NO_BYTES,
        chain: [...document.chain],
      };
    case 'manifest':
      return {
        documentKind: CollateralKind.manifest,
        body: document.manifest,
        signature: NO_BYTES,
        chain: [],
      };
    default: {
      const { bytes: body, signature, chain } = document.document;
      return { documentKind: CollateralKind[document.kind], body, signature, chain: [...chain] };
    }
  }
}

/** What a file of certificates or documents lacks is the caller's mistake. */
async function asUsage<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AttestationRefusal) throw new AivmError('malformed', `${path}: ${error.message}`);
    throw error;
  }
}

/** The source that the options describe; undefined without `--tee`. @throws UsageError, AivmError `not_found`. */
export async function openEvidenceSource(
  options: EvidenceOptions,
  name: string,
): Promise<EvidenceSource | undefined> {
  const { tee: kind, reportCommand, reportChain, collateral, tsmDir } = options;
  if (kind === undefined) {
    const isStray = (reportCommand ?? tsmDir) !== undefined || reportChain.length + collateral.length > 0;
    if (isStray)
      throw new UsageError(
        '--report-command, --report-chain, --collateral and --tsm-dir belong to --tee KIND',
      );
    return undefined;
  }
  if (kind === 'sgx' && reportCommand === undefined) {
    throw new UsageError('--tee sgx needs --report-command: the kernel makes no quotes of enclaves');
  }
  const readChain = async (): Promise<readonly Uint8Array[]> => {
    const files = reportChain.map((path) =>
      asUsage(path, async () => readCertificates(await readBytes(path), path)),
    );
    return (await Promise.all(files)).flat();
  };
  const readDocuments = async (): Promise<readonly VendorDocument[]> => {
    const chain = await readChain();
    const files = collateral.map((path) =>
      asUsage(path, async () => readVendorDocuments(kind, await readBytes(path), chain)),
    );
    return (await Promise.all(files)).flat().map(toOperation);
  };
  // A wrong path is told at the start, not at the first renewal.
  await readDocuments();
  const { createProcessorSource } = await import('@aivm/worker');
  return createProcessorSource({
    kind,
    name,
    readChain,
    readDocuments,
    ...(reportCommand === undefined ? {} : { command: reportCommand }),
    ...(tsmDir === undefined ? {} : { tsmDirectory: tsmDir }),
  });
}
