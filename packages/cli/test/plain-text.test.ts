import { describe, expect, it } from 'vitest';
import { createOutput, formatTable } from '../src/output.ts';
import { plainText } from '../src/plain-text.ts';
import { reportError } from '../src/run-cli.ts';

const EVIL = '\u001b]0;OWNED\u0007\u001b[2K\u001b[1A\nprovider  trusted-1\u009b31m\u202e\u2028\ud800\u007f';
const UNSAFE = /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Surrogate}/u;

function sink() {
  const written: string[] = [];
  return { written, sink: { write: (text: string) => written.push(text), isTTY: false } };
}

describe('text of others on a terminal', () => {
  it('shows what a terminal obeys as escapes, and all else as it is', () => {
    expect(plainText('\u001b[2Kdone\n\tx')).toBe('\\u001b[2Kdone\\n\\tx');
    expect(plainText('naïve 日本語 🙂 – "q"')).toBe('naïve 日本語 🙂 – "q"');
  });

  it('is escaped in every line, note, table and error', () => {
    const [people, errors] = [sink(), sink()];
    const output = createOutput({ json: false, stdout: people.sink, stderr: errors.sink });
    output.line(`output ${EVIL}`);
    output.line(formatTable(['id'], [[EVIL]]));
    output.note(EVIL);
    output.redraw([EVIL]);
    reportError(new Error(EVIL), { stderr: errors.sink, env: {} });
    for (const text of [...people.written, ...errors.written]) {
      expect(text).not.toMatch(UNSAFE);
      expect(text.indexOf('\n')).toBe(text.length - 1);
    }
    expect(people.written).toHaveLength(4);
  });
});
