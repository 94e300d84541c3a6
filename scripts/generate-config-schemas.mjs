// Writes ops/schemas: the JSON schema of the configuration file of each service.
import { writeFile } from 'node:fs/promises';
import { COMMANDS } from '../packages/cli/src/command-table.ts';
import { SERVICES } from '../packages/cli/src/commands/config.ts';
import { createConfigSchema } from '../packages/cli/src/config/config-schema.ts';

const sink = { write: () => true };
const context = {
  stdout: sink,
  stderr: sink,
  env: {},
  signal: new AbortController().signal,
  setExitCode: () => {},
};
for (const name of SERVICES) {
  const entry = COMMANDS.find((one) => one.name === name);
  const schema = createConfigSchema(await entry.load(context));
  await writeFile(
    new URL(`../ops/schemas/${name}.schema.json`, import.meta.url),
    `${JSON.stringify(schema, null, 2)}\n`,
  );
}
