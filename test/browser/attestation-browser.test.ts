import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  DEFAULT_ATTESTATION_POLICY,
  noblePrimitives,
  rfc3339ToSeconds,
  verifyAttestation,
} from '@aivm/core/attestation';
import { nodePrimitives } from '@aivm/node';
import { TEST_POLICY } from '@aivm/test-authority';
import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCollateralFile } from '../../packages/core/src/attestation/files/collateral-file.ts';
import { readEvidenceFile } from '../../packages/core/src/attestation/files/evidence-file.ts';
import {
  FIXTURES_TITLE,
  fixtureCases,
  hasFixtures,
  readFixture,
} from '../../packages/core/test/attestation/support/fixtures.ts';
import { flipBit } from '../attestation-fuzz/operators/bytes.ts';
import { partsOf, replaceAt } from '../attestation-fuzz/parts.ts';
import { makeSyntheticSamples } from '../attestation-fuzz/samples.ts';
import type { AttestationPage } from './attestation-page.ts';
import { type Question, questionToText, textToQuestion, verdictToText } from './attestation-text.ts';
import { bundlePage, CHROMIUM, codeOf, hasChromium, launchChromium, packagesOf } from './chromium.ts';

type Named = readonly [name: string, question: Question];

/** Synthetic evidence of every kind, accepted and refused. */
const synthetic: readonly Named[] = makeSyntheticSamples().map(({ name, input }) => {
  const { primitives: _, ...options } = input.options;
  return [name, { ...input, options: { ...options, policy: { ...options.policy, ...TEST_POLICY } } }];
});

/** One bit of each part of it flipped, past the middle: signatures that do not hold, keys that are not on the curve. */
const damaged: readonly Named[] = synthetic.flatMap(([name, question]) => {
  const parts = partsOf({ ...question, options: { ...question.options } });
  return parts.map(({ path, bytes }): Named => {
    const at = Math.floor((bytes.length * 11) / 16);
    return [`${name}, ${path.join('/')} flipped`, replaceAt(question, path, flipBit(bytes, at, 3))];
  });
});

const real: readonly Named[] = fixtureCases().map(
  ({ name, kind, evidence, chain = [], rims = [], collateral, now }) => [
    name,
    {
      evidence: readEvidenceFile(kind, readFixture(evidence), chain.map(readFixture)),
      collateral: readCollateralFile(
        kind,
        collateral === undefined ? undefined : readFixture(collateral),
        rims.map(readFixture),
      ),
      options: { now: rfc3339ToSeconds(now) ?? 0, policy: DEFAULT_ATTESTATION_POLICY },
    },
  ],
);

const judgeHere = ({ evidence, collateral, options }: Question, primitives = nodePrimitives): string =>
  verdictToText(verifyAttestation(evidence, collateral, { ...options, primitives }));

const HEADERS = { 'content-security-policy': "default-src 'none'; script-src 'self'" };

async function servePage(script: Uint8Array): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    const type = isScript ? 'text/javascript' : 'text/html; charset=utf-8';
    response.writeHead(200, { ...HEADERS, 'content-type': type });
    response.end(
      isScript ? script : '<!doctype html><title>AIVM</title><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

describe('questions as text', () => {
  it('lose nothing on their way', () => {
    for (const [, question] of synthetic) {
      expect(textToQuestion(questionToText(question))).toEqual(question);
    }
  });

  it('cover verdicts of every kind, accepted and refused', () => {
    const verdicts = synthetic.map(
      ([, question]) => JSON.parse(judgeHere(question)) as { code: string; kind: string },
    );
    const accepted = verdicts.filter(({ code }) => code === 'ok').map(({ kind }) => kind);
    expect([...new Set(accepted)].sort()).toEqual(['nvidia', 'sgx', 'snp', 'software', 'tdx']);
    expect(new Set(verdicts.map(({ code }) => code)).size).toBeGreaterThan(4);
  });
});

describe.skipIf(!hasChromium)(`verdicts of noble in ${CHROMIUM}, and of node:crypto and noble here`, () => {
  let server: Server;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    const bundle = await bundlePage('attestation-page.ts');
    expect(packagesOf(bundle)).toEqual(['core']);
    server = await servePage(codeOf(bundle));
    browser = await launchChromium();
    tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'page' in globalThis);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  }, 60_000);

  const judgeThere = (question: Question): Promise<string> =>
    tab.evaluate(
      (text) => (globalThis as unknown as { readonly page: AttestationPage }).page.judge(text),
      questionToText(question),
    );

  async function expectSame(question: Question): Promise<void> {
    const verdict = judgeHere(question);
    expect(judgeHere(question, noblePrimitives)).toBe(verdict);
    expect(await judgeThere(question)).toBe(verdict);
  }

  it.each(synthetic)('%s', (_, question) => expectSame(question));

  it('evidence with one bit flipped, in each of its parts', async () => {
    for (const [name, question] of damaged) {
      const verdict = judgeHere(question);
      expect(await judgeThere(question), name).toBe(verdict);
    }
  }, 240_000);

  describe.skipIf(!hasFixtures)(FIXTURES_TITLE, () => {
    it.each(real)('%s', (_, question) => expectSame(question));
  });
});
