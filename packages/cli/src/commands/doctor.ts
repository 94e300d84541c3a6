import type { Command } from 'commander';
import { type CliContext, createCommand, EXIT_REFUSED, outputFor } from '../cli-context.ts';
import { engineChecks } from '../doctor/engines.ts';
import { type Finding, runCheck } from '../doctor/finding.ts';
import { programChecks } from '../doctor/programs.ts';
import { nodeCheck, surroundingChecks } from '../doctor/surroundings.ts';
import { formatTable } from '../output.ts';

interface DoctorOptions {
  readonly json?: boolean;
  readonly node?: string;
  readonly dataDir: string;
}

const rowOf = ({ part, state, found, purpose }: Finding): readonly string[] => [part, state, found, purpose];

/** `aivm doctor` */
export const createDoctorCommand = (context: CliContext): Command =>
  createCommand(
    'doctor',
    'What this machine has, what is missing, and how to get it. Exits with 1 if something is there and of no use.',
    'aivm doctor\naivm doctor --node http://127.0.0.1:9650',
  )
    .option('--node <url>', 'look at this node, too')
    .option('--data-dir <dir>', 'where a chain would be kept', '.')
    .action(async (options: DoctorOptions) => {
      const output = outputFor(context, options);
      const checks = [
        ...surroundingChecks(options.dataDir),
        ...engineChecks,
        ...programChecks(context.env),
        ...(options.node === undefined ? [] : [nodeCheck(options.node)]),
      ];
      const findings: Finding[] = [];
      for (const check of checks) findings.push(await runCheck(check));
      output.line(formatTable(['part', 'state', 'found', 'for'], findings.map(rowOf)));
      for (const { part, state, remedy } of findings)
        if (state !== 'ok' && remedy !== undefined) output.line(`${part}: ${remedy}`);
      output.json({ findings });
      if (findings.some(({ state }) => state === 'faulty')) context.setExitCode(EXIT_REFUSED);
    });
