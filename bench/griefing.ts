import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { installCrypto } from '@aivm/node';
import { DOCUMENT, withTables } from './griefing/documents.ts';
import { captureTableOf, isOver, measure, tableOf } from './griefing/measure.ts';
import { PLAYS } from './griefing/plays.ts';
import { describeUnpaid } from './griefing/unpaid.ts';

// What each way to hurt others costs its player and its victims, in coins, work and bytes, each played to its end on a chain
// of signed transactions. Prints the tables of SECURITY.md; --times adds the processor time of the blocks.
// Run with: npx tsx --conditions=aivm-source bench/griefing.ts [--only TEXT] [--times] [--json] [--write-docs]
const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    times: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});
const chosen = PLAYS.filter(({ name }) => name.includes(values.only));
if (chosen.length === 0) throw new RangeError(`--only: no griefing is called "${values.only}"`);
installCrypto();
const rows = chosen.map(measure);
if (values.json)
  console.log(JSON.stringify(rows.map((row) => ({ ...row, burned: `${row.burned}`, lost: `${row.lost}` }))));
else console.log(`${tableOf(rows)}\n\n${captureTableOf(rows)}`);
if (values.times) console.error(describeUnpaid());
if (values.times) for (const { name, ms } of rows) console.error(`${ms.toFixed(1)} ms of blocks: ${name}`);
if (values['write-docs']) {
  const file = new URL(`../${DOCUMENT}`, import.meta.url);
  writeFileSync(file, withTables(readFileSync(file, 'utf8'), rows));
}
const over = rows.filter(isOver);
for (const { name } of over) console.error(`more than a hundred times: ${name}`);
if (over.length > 0) process.exitCode = 1;
