import { describe, expect, it } from 'vitest';
import { runReportCommand } from '../../src/attestation/report-command.ts';

const signal = new AbortController().signal;
const DATA = new Uint8Array(64).map((_, i) => i * 3);
const script = (code: string): string => `node -e ${code}`;

describe('a report command', () => {
  it('reads what the program wrote to the file', async () => {
    const command = script(
      "require('fs').writeFileSync(process.argv[1],Buffer.from(process.argv[2],'hex')) {outFile} {reportDataHex}",
    );
    expect(await runReportCommand(command, DATA, { signal })).toEqual(DATA);
  });

  it('reads standard output where no file is named', async () => {
    const command = script(
      "process.stdout.write(Buffer.from(process.argv[1],'hex').reverse()) {reportDataHex}",
    );
    expect(await runReportCommand(command, DATA, { signal })).toEqual(DATA.toReversed());
  });

  it('hands words to the program and to no shell', async () => {
    const command = script('process.stdout.write(process.argv.slice(1).join()) $HOME;echo {reportDataHex}');
    const output = Buffer.from(await runReportCommand(command, Uint8Array.of(1), { signal })).toString();
    expect(output).toBe('$HOME;echo,01');
  });

  it.each([
    ['its complaint', script("console.error('no/device');process.exit(3)"), 'node: no/device'],
    ['that it is not there', 'aivm-no-such-program {reportDataHex}', 'aivm-no-such-program'],
    ['that it wrote nothing', script('0 {outFile}'), 'ENOENT'],
    ['that it is empty', '  ', 'report command: empty'],
    ['that it printed nothing', script('0'), 'node: made an empty report'],
    ['that it fails without a word', script('process.exit(1)'), 'node: Command failed'],
  ])('tells %s', async (_, command, message) => {
    await expect(runReportCommand(command, DATA, { signal })).rejects.toThrow(message);
  });

  it('kills a program that is too slow, though it ignores requests to end', async () => {
    const deaf = script("process.on('SIGTERM',Object);setInterval(Object,1000)");
    const started = performance.now();
    await expect(runReportCommand(deaf, DATA, { signal, timeoutMs: 1_000 })).rejects.toThrow(
      'node: no answer within 1000 ms',
    );
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('ends with the signal', async () => {
    const stop = new AbortController();
    const run = runReportCommand(script('setTimeout(Object,60000)'), DATA, { signal: stop.signal });
    stop.abort();
    await expect(run).rejects.toThrow();
  });
});
