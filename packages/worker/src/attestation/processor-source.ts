import { KIND_NUMBER, type ProcessorKind, readCertificateTable } from '@aivm/core/attestation';
import { readTsmReport, type TsmFiles } from './configfs-tsm.ts';
import { type EvidenceSource, reportDataOf, type VendorDocument } from './evidence-source.ts';
import { runReportCommand } from './report-command.ts';

/** How a confidential VM makes its reports. */
export interface ProcessorSourceOptions {
  readonly kind: ProcessorKind;
  /** A program that makes them; Linux's own interface when left out (AMD and Intel VMs). */
  readonly command?: string;
  readonly tsmDirectory?: string;
  readonly tsmFiles?: TsmFiles;
  /** Names its requests to the kernel. */
  readonly name: string;
  /** DER, leaf first: for AMD where the host hands over no certificates. Read anew for every report. */
  readonly readChain?: () => Promise<readonly Uint8Array[]>;
  readonly readDocuments?: () => Promise<readonly VendorDocument[]>;
}

const DRIVERS: Readonly<Record<string, ProcessorKind>> = { sev_guest: 'snp', tdx_guest: 'tdx' };

async function readReport(
  reportData: Uint8Array,
  { kind, command, tsmDirectory, tsmFiles, name }: ProcessorSourceOptions,
  signal: AbortSignal,
): Promise<{ readonly report: Uint8Array; readonly handed: readonly Uint8Array[] }> {
  if (command !== undefined) {
    return { report: await runReportCommand(command, reportData, { signal }), handed: [] };
  }
  const tree = {
    ...(tsmDirectory === undefined ? {} : { directory: tsmDirectory }),
    ...(tsmFiles === undefined ? {} : { files: tsmFiles }),
  };
  const { provider, report, auxiliary } = await readTsmReport(reportData, { name, signal, ...tree });
  if (DRIVERS[provider] !== kind) throw new Error(`this machine reports as ${provider}, not as ${kind}`);
  return { report, handed: kind === 'snp' ? readCertificateTable(auxiliary) : [] };
}

/** Fresh reports of the confidential VM or enclave that this process runs in. */
export function createProcessorSource(options: ProcessorSourceOptions): EvidenceSource {
  const { kind, readChain, readDocuments } = options;
  return {
    makeEvidence: async ({ bindingOf }, { signal }) => {
      const { report, handed } = await readReport(reportDataOf(bindingOf(kind)), options, signal);
      const given = (await readChain?.()) ?? [];
      // An Intel quote carries its own chain.
      const chain = kind !== 'snp' ? [] : given.length > 0 ? given : handed;
      if (kind === 'snp' && chain.length === 0) {
        throw new Error('the host hands over no certificates: give the files of VCEK, ASK and ARK');
      }
      return {
        processors: [{ kind: KIND_NUMBER[kind], report, chain: [...chain] }],
        gpus: [],
        statements: [],
      };
    },
    ...(readDocuments === undefined ? {} : { readDocuments }),
  };
}
