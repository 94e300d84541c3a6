import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { utf8ToBytes } from '@aivm/core/bytes';
import { parseNetworkHeader } from '@aivm/core/network';
import { openNetworkEngine } from 'aivm';
import { describe, expect, it } from 'vitest';
import { createLyingEngine, LIES } from '../../src/network/lying-engine.ts';
import { STORY_TEXTS } from '../../src/network/story-texts.ts';

const read = (name: string): Uint8Array =>
  new Uint8Array(
    readFileSync(fileURLToPath(new URL(`../../../../models/story/story.${name}`, import.meta.url))),
  );
const header = parseNetworkHeader(read('header'));
const blob = read('blob');
const honest = await openNetworkEngine({ env: process.env });

async function answerOf(engine: typeof honest, text: string, maxNew: number): Promise<readonly number[]> {
  const tokens: number[] = [];
  const prompt = Uint32Array.from(utf8ToBytes(text));
  for await (const token of (await engine.load(header, blob)).generate(prompt, maxNew)) tokens.push(token);
  return tokens;
}

describe.each(STORY_TEXTS.slice(1, 4))('the answer to "%s"', (text, maxNew) => {
  it.each(LIES)('shows a changed %s in its last byte, and nowhere before', async (lie) => {
    const right = await answerOf(honest, text, maxNew);
    const wrong = await answerOf(createLyingEngine(lie, honest), text, maxNew);
    expect(wrong.slice(0, -1)).toEqual(right.slice(0, -1));
    expect(wrong.at(-1)).not.toBe(right.at(-1));
  });
});
