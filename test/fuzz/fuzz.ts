import { parseArgs } from 'node:util';
import { installCrypto } from '@aivm/node';
import { createDecoder, DECODERS, type DecoderName, failuresOf, runCases } from './run-cases.ts';

// Run with: npm run fuzz:decoders -- --decoder tx|block|vertex|http|all --cases 1000000 --seed S [--from N] [--json].
// Cases are numbered: `--seed S --from N --cases 1` makes one again.
const { values } = parseArgs({
  options: {
    decoder: { type: 'string', default: 'all' },
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});

const names = values.decoder === 'all' ? DECODERS : DECODERS.filter((name) => name === values.decoder);
if (names.length === 0) throw new RangeError(`--decoder: expected ${DECODERS.join(', ')} or all`);
const [cases, seed, from] = [values.cases, values.seed, values.from].map(Number) as [number, number, number];

async function runOne(name: DecoderName): Promise<void> {
  const decoder = await createDecoder(name);
  const report = await runCases(decoder, { seed, cases, from });
  await decoder.close?.();
  const failures = failuresOf(report, decoder);
  if (failures.length > 0) process.exitCode = 1;
  if (values.json) return console.log(JSON.stringify({ ...report, failures }));
  const { accepted, codes, seconds, slowestMs } = report;
  const shown = Object.entries(codes)
    .sort(([, left], [, right]) => right - left)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
  console.log(
    `${name}: ${report.cases} cases in ${seconds} s, ${accepted} accepted, slowest ${slowestMs} ms; ${shown}`,
  );
  for (const failure of failures) console.log(`${name}: seed ${seed}, ${failure}`);
}

installCrypto();
// Refusals are errors inside; their stacks would cost more than many of the checks.
Error.stackTraceLimit = 0;
for (const name of names) await runOne(name);
