import { bytesToUtf8, utf8ToBytes } from '@aivm/core/bytes';
import type { Random } from '../random.ts';

type Edit = (text: string, random: Random) => string;

const insertAt = (text: string, at: number, added: string): string =>
  text.slice(0, at) + added + text.slice(at);
const anywhere = (text: string, random: Random): number => random.below(text.length + 1);

/** A place behind a tag, where XML allows what follows. */
function betweenTags(text: string, random: Random): number {
  const from = text.indexOf('>', anywhere(text, random));
  return from < 0 ? text.length : from + 1;
}

const XML_PIECES = [
  '<!DOCTYPE a [<!ENTITY x "y">]>',
  '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
  '<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
  '&x;',
  '&#0;',
  '&#xD800;',
  '&lt;',
  '<!-- -->',
  '<![CDATA[x]]>',
  '<?pi x?>',
  '<?xml version="1.1"?>',
  '\ufeff',
  ' ',
  '\r\n',
  'text',
  '<a/>',
  '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
  '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
  '<Resource active="True" alternatives="1" index="1" name="x" size="48" type="Measurement"/>',
  '<x>'.repeat(40),
  `<a ${Array.from({ length: 80 }, (_, i) => `a${i}=""`).join(' ')}/>`,
];
const ATTRIBUTES = [
  ' xml:base="http://example.com/"',
  ' xml:space="preserve"',
  ' xmlns=""',
  ' xmlns:ns2="http://example.com/"',
  ' Id="a"',
  ' active="False"',
];

const elementNamed = (text: string, name: string): string =>
  new RegExp(`<(?:\\w+:)?${name}[ >][\\s\\S]*?</(?:\\w+:)?${name}>`).exec(text)?.[0] ?? '';

/** The signed document moved below another root, with forged values in front of it. */
const wrapSignature: Edit = (text, random) => {
  const body = text.replace(/^<\?xml[^>]*\?>/, '');
  const signature = elementNamed(text, 'Signature');
  const forged = body.replace(/[0-9a-f]{96}/g, (hash) => hash.replace(/^./, 'f'));
  const object = `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${body}</ds:Object>`;
  return random.pick([
    `<root>${forged}${body}</root>`,
    forged.replace('</SoftwareIdentity>', `${body}</SoftwareIdentity>`),
    forged.replace(
      signature,
      signature.replace(/<\/(\w+:)?Signature>$/, (end) => `${object}${end}`),
    ),
    body.replace(signature, signature + signature),
    body.replace(signature, '').replace(/<\/[^<]*>$/, (end) => `<a>${signature}</a>${end}`),
    forged.replace(/URI=""/, 'URI="#a"'),
    `${body}${forged}`,
  ]);
};

const XML_EDITS: readonly Edit[] = [
  (text, random) => insertAt(text, betweenTags(text, random), random.pick(XML_PIECES)),
  (text, random) => random.pick(XML_PIECES) + text,
  (text, random) => text + random.pick(XML_PIECES),
  (text, random) => {
    const tags = [...text.matchAll(/<[\w:]+/g)].map(({ index, 0: tag }) => index + tag.length);
    return tags.length === 0 ? text : insertAt(text, random.pick(tags), random.pick(ATTRIBUTES));
  },
  wrapSignature,
  (text, random) => {
    const resources = [...text.matchAll(/<(?:\w+:)?Resource[ >][\s\S]*?(?:\/>|<\/(?:\w+:)?Resource>)/g)];
    if (resources.length === 0) return text;
    const { 0: found, index } = random.pick(resources);
    const other = random.pick(['', found + found, found.replace('True', 'False'), found.replace(/\d/, '9')]);
    return text.slice(0, index) + other + text.slice(index + found.length);
  },
  (text) => text.replaceAll('\n', '\r\n'),
  (text) => text.replaceAll('ds:', 'dsig:').replace('xmlns:dsig', 'xmlns:dsig'),
  (text) => text.replaceAll('sha384', 'sha1'),
  (text) => text.replaceAll('ecdsa-sha384', 'rsa-sha1'),
  (text) =>
    text.replace(/<(?:\w+:)?X509Certificate>[\s\S]*?<\/(?:\w+:)?X509Certificate>/, (found) => found + found),
];

const VALUES = [
  'null',
  '-1',
  '1e400',
  '""',
  '[]',
  '{}',
  'true',
  '18446744073709551616',
  '"\\ud800"',
  '[[[[]]]]',
];

const JSON_EDITS: readonly Edit[] = [
  (text, random) => {
    const values = [...text.matchAll(/:\s*("[^"]*"|\d+|true|false|null|[[{])/g)];
    if (values.length === 0) return text;
    const { 0: found, index } = random.pick(values);
    return `${text.slice(0, index)}:${random.pick(VALUES)}${text.slice(index + found.length)}`;
  },
  (text, random) => insertAt(text, 1, `"__proto__":${random.pick(VALUES)},`),
  (text, random) => {
    const members = [...text.matchAll(/"(\w+)":/g)];
    return members.length === 0
      ? text
      : insertAt(text, 1, `"${random.pick(members)[1]}":${random.pick(VALUES)},`);
  },
  (text, random) => insertAt(text, anywhere(text, random), ' '),
  (text) => JSON.stringify(JSON.parse(text), null, 1),
  (text) => text.replaceAll('OutOfDate', 'UpToDate'),
  (text, random) => text.replace(/\d{4}-\d\d-\d\d/, `${2000 + random.below(99)}-01-01`),
  (text) => '['.repeat(5_000) + text,
];

function edit(bytes: Uint8Array, edits: readonly Edit[], random: Random): Uint8Array {
  const text = bytesToUtf8(bytes);
  return text === undefined || text === '' ? bytes : utf8ToBytes(random.pick(edits)(text, random));
}

/** Signature wrapping, document types, entities, exotic nodes, changed and doubled values. */
export const editXml = (bytes: Uint8Array, random: Random): Uint8Array => edit(bytes, XML_EDITS, random);

/** Other values, doubled members, other writings of the same document. */
export function editJson(bytes: Uint8Array, random: Random): Uint8Array {
  try {
    return edit(bytes, JSON_EDITS, random);
  } catch (error) {
    if (error instanceof SyntaxError) return bytes;
    throw error;
  }
}
