import { placeOfCollateral } from '@aivm/core/execute';
import { listProviders, readCollateralSlot, readWaitingAttestation } from '@aivm/core/state';
import type { OperationOf } from '@aivm/core/tx';
import { makeSnp, NOW } from '@aivm/test-authority';
import {
  amdList,
  chip,
  cite,
  gpuPart,
  manifests,
  type Request,
  snpPart,
  statementPart,
  submitAttestation,
} from '../attestation-scenario.ts';
import { bob, carol, dave, eve, frank, mallory, operatorOf } from '../scenario.ts';
import type { Person, TestChain } from '../test-chain.ts';
import { choose, type Signed } from './panel-commands.ts';

export const OPERATORS: readonly Person[] = [bob, carol, dave, frank, mallory];

/** Fewer chips than providers, so that they are fought over. Their certificates are made once: signing one takes long. */
const CHIPS = [1, 2, 3].map((n) => ({ ...chip(n), leafCertificate: makeSnp(chip(n)).leaf }));
/** A list that will be valid later, one that revokes more, one that revokes nobody any more, and what GPUs need. */
const LISTS = [amdList(), amdList([900], NOW + 90), amdList([900, 901], NOW + 200), amdList([], NOW + 600)];
const DOCUMENTS = [...LISTS, ...manifests()];

const isOnChain = (chain: TestChain, document: (typeof DOCUMENTS)[number]): boolean =>
  readCollateralSlot(chain.state, cite(document).slot)?.date === placeOfCollateral(document).date;

/** Somebody publishes a vendor's document, sound or with one byte changed, new or old. */
export function documentOf(pick: number): Signed {
  const document = choose(DOCUMENTS, pick) as (typeof DOCUMENTS)[number];
  const isBad = pick % 5 === 0;
  const at = document.body.length - 1 - (pick % 40);
  const body = isBad ? document.body.map((byte, i) => (i === at ? byte ^ 1 : byte)) : document.body;
  return [choose(OPERATORS, pick >> 3) as Person, { ...document, body }];
}

/** What somebody may have got wrong about the request, or forged. */
const FAULTS: readonly ((chain: TestChain) => Request)[] = [
  () => ({ operator: eve.address }),
  () => ({ blockId: new Uint8Array(32) }),
  () => ({ chainId: 8n }),
];

type Parts = Partial<OperationOf<'submitAttestation'>>;

function evidenceOf(chain: TestChain, by: Person, id: string, pick: number): Parts {
  const request = FAULTS[pick % 9]?.(chain) ?? {};
  const sort = (pick >> 4) % 8;
  if (sort === 0) return statementPart(chain, by, id);
  const gpu = sort === 1 || sort === 2 ? gpuPart(chain, by, ['a'], request) : {};
  return sort === 1 ? gpu : { ...snpPart(chain, by, request, choose(CHIPS, pick >> 2)), ...gpu };
}

/** The documents that evidence of these parts is to be held against, as far as they are on chain. */
function citationsOf(chain: TestChain, { processors = [], gpus = [] }: Parts): Parts {
  const present = DOCUMENTS.filter((document) => isOnChain(chain, document));
  const isList = (document: (typeof DOCUMENTS)[number]): boolean => LISTS.includes(document);
  return {
    lists: processors.length > 0 ? present.filter(isList).map(cite) : [],
    manifests: gpus.length > 0 ? present.filter((document) => !isList(document)).map(cite) : [],
  };
}

/** Few enough to attest again and again. */
const ATTESTING = 3;

/** The operator of a provider, or of one that is yet to be registered, attests; some evidence is stale, foreign or forged. */
function attestationOf(chain: TestChain, pick: number): Signed {
  const provider = pick % 3 === 0 ? undefined : choose(listProviders(chain.state).slice(0, ATTESTING), pick);
  const id = provider?.id ?? `w-${pick % 4}`;
  const by = provider === undefined ? (choose(OPERATORS, pick) as Person) : operatorOf(chain, id);
  const parts = evidenceOf(chain, by, id, pick);
  const citations = pick % 13 === 0 ? {} : citationsOf(chain, parts);
  const stale = pick % 11 === 0 ? { nonceHeight: chain.height + (pick % 2 === 0 ? 1 : -1) } : {};
  const [forged] = pick % 10 === 0 ? (parts.processors ?? []) : [];
  const altered =
    forged === undefined
      ? {}
      : {
          processors: [
            { ...forged, report: forged.report.map((byte, i) => (i === 0x2a0 ? byte ^ 1 : byte)) },
          ],
        };
  return [by, submitAttestation(chain, id, { ...parts, ...citations, ...stale, ...altered })];
}

/** Two attestations in one block: of one provider, where its nonce counts only once, or of two that want one chip. */
export const attestationsOf = (chain: TestChain, pick: number): readonly Signed[] =>
  [pick, pick * 31 + 7].map((one) => attestationOf(chain, one));

/** The provider for which this operator's attestation waits, if any: registering it takes the attestation over. */
export const waitingProviderOf = (chain: TestChain, by: Person): string | undefined =>
  readWaitingAttestation(chain.state, by.address)?.provider;
