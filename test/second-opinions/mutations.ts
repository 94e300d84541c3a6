import { bytesToHex, concatBytes, hexToBytes } from '@aivm/core/bytes';
import { ecKey } from '@aivm/test-authority';
import type { Question } from './opinions.ts';

const ORDER = ecKey('p256', 'order').order;

/** A change of a question. */
export type Mutation = readonly [name: string, change: (question: Question) => Question];

const withQuote = (question: Question, quote: Uint8Array): Question => ({ ...question, quote });
const withMember = (question: Question, member: keyof Question['collateral'], value: string): Question => ({
  ...question,
  collateral: { ...question.collateral, [member]: value },
});
const textOf = ({ collateral }: Question, member: keyof Question['collateral']): string =>
  String(collateral[member]);

const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, (bytes[at] ?? 0) ^ 1);

/** Where header, body, signature and certification data are. */
export function layoutOf(quote: Uint8Array): {
  readonly body: number;
  readonly end: number;
  readonly certification: number;
} {
  const version = quote[0] ?? 0;
  const isSgx = quote[4] === 0;
  const body = 48 + (version === 5 ? 6 : 0);
  const end = body + (isSgx ? 384 : version === 5 ? 648 : 584);
  return { body, end, certification: end + 4 + 128 + (version === 3 ? 0 : 6) };
}

/** s → n − s in the signature of the quote. */
function highS(question: Question): Question {
  const { quote } = question;
  const at = layoutOf(quote).end + 4 + 32;
  const s = BigInt(`0x${bytesToHex(quote.slice(at, at + 32))}`);
  const flipped = hexToBytes((ORDER - s).toString(16).padStart(64, '0'));
  return withQuote(question, concatBytes(quote.slice(0, at), flipped, quote.slice(at + 32)));
}

const changeText = (member: 'tcb_info' | 'qe_identity', from: string | RegExp, to: string): Mutation[1] => {
  return (question) => withMember(question, member, textOf(question, member).replace(from, to));
};
const flipHex = (member: keyof Question['collateral']): Mutation[1] => {
  return (question) =>
    withMember(question, member, bytesToHex(flip(hexToBytes(textOf(question, member)), 40)));
};

/** What everybody must refuse or accept alike. */
export const MUTATIONS: readonly Mutation[] = [
  ['nothing', (question) => question],
  ['s → n − s', highS],
  ['version 2', (question) => withQuote(question, question.quote.with(0, 2))],
  ['another key type', (question) => withQuote(question, question.quote.with(2, 3))],
  ['another environment', (question) => withQuote(question, question.quote.with(4, 0x40))],
  [
    'first byte of the body',
    (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).body)),
  ],
  ['report data', (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).end - 1))],
  ['signature', (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).end + 4))],
  [
    'attestation key',
    (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).end + 4 + 64)),
  ],
  [
    'report of the quoting enclave',
    (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).certification + 64)),
  ],
  [
    'signature of the quoting enclave',
    (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).certification + 384)),
  ],
  [
    'authentication data',
    (question) => withQuote(question, flip(question.quote, layoutOf(question.quote).certification + 450)),
  ],
  ['cut in the body', (question) => withQuote(question, question.quote.slice(0, 300))],
  [
    'cut in the certificates',
    (question) => withQuote(question, question.quote.slice(0, layoutOf(question.quote).certification + 900)),
  ],
  ['TCB info that calls all levels current', changeText('tcb_info', 'OutOfDate', 'UpToDate')],
  ['TCB info of another platform', changeText('tcb_info', /"fmspc":"../, '"fmspc":"FF')],
  ['signature of the TCB info', flipHex('tcb_info_signature')],
  ['documents exchanged', (question) => withMember(question, 'tcb_info', textOf(question, 'qe_identity'))],
  ['after the documents', (question) => ({ ...question, now: question.now + 400 * 86_400 })],
  ['before the documents', (question) => ({ ...question, now: question.now - 400 * 86_400 })],
];

/** Refused here and accepted by the one in JavaScript: it does not look at the lists. */
export const LISTS: readonly Mutation[] = [
  ['no list of the root', (question) => withMember(question, 'root_ca_crl', '')],
  ['no list of the platform authority', (question) => withMember(question, 'pck_crl', '')],
  ['garbage as list of the root', (question) => withMember(question, 'root_ca_crl', '00112233')],
  ['garbage as list of the platform authority', (question) => withMember(question, 'pck_crl', '00112233')],
  ['a forged list of the root', flipHex('root_ca_crl')],
  ['one list in both places', (question) => withMember(question, 'pck_crl', textOf(question, 'root_ca_crl'))],
];

/** Refused here and accepted by the one in WebAssembly: this version does not look at the enclave identity. */
export const IDENTITIES: readonly Mutation[] = [
  ['enclave identity with another signer', changeText('qe_identity', /"mrsigner":"../i, '"mrsigner":"FF')],
  ['signature of the enclave identity', flipHex('qe_identity_signature')],
];

/** Refused here and accepted by both: they do not look behind the quote. */
export const TRAILING: readonly Mutation[] = [
  [
    'bytes behind the quote',
    (question) => withQuote(question, concatBytes(question.quote, Uint8Array.of(1))),
  ],
];
