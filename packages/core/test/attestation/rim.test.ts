import { codeOf, ecKey, makeGpu, makeRim, makeRims, NOW, type RimTestOptions } from '@aivm/test-authority';
import { describe, expect, it } from 'vitest';

const { gpu } = makeGpu();
const [, VBIOS] = makeRims() as [Uint8Array, Uint8Array];
const codeWith = (rim: Uint8Array): string => codeOf({ kind: 'nvidia', gpus: [gpu] }, { rims: [rim, VBIOS] });

/** Replaces the first occurrence, which must be there. */
const swap =
  (from: string | RegExp, to: string) =>
  (text: string): string => {
    const changed = text.replace(from, () => to);
    if (changed === text) throw new Error(`nothing to replace: ${from}`);
    return changed;
  };
const WRAPPED = '<Evil>x</Evil>';
const GOLD = /ns2:Hash0="0101/;

// The signature was made over something else: what follows it was changed afterwards.
const FORGED: readonly (readonly [name: string, rewrite: (document: string) => string, code: string])[] = [
  ['a reference value', swap(GOLD, 'ns2:Hash0="0201'), 'signature'],
  ['a version', swap('colloquialVersion="550.90.07"', 'colloquialVersion="550.90.08"'), 'signature'],
  ['an inactive reference', swap('active="True"', 'active="False"'), 'signature'],
  ['one more element', swap('</Payload>', `${WRAPPED}</Payload>`), 'signature'],
  ['white space', swap('<Payload>', '<Payload> '), 'signature'],
  ['the digest', swap(/<ds:DigestValue>./, '<ds:DigestValue>/'), 'signature'],
  ['the signature value', swap(/<ds:SignatureValue>..../, '<ds:SignatureValue>AAAA'), 'signature'],
  ['a document type', (text) => `<!DOCTYPE x>${text}`, 'malformed'],
  [
    'an entity',
    (text) => `<!DOCTYPE x [<!ENTITY e "550.90.07">]>${text.replace('"550.90.07"', '"&e;"')}`,
    'malformed',
  ],
  ['an undefined entity', swap('"550.90.07"', '"&e;"'), 'malformed'],
  ['a comment', swap('<Payload>', '<!-- x --><Payload>'), 'malformed'],
  ['a comment inside a value', swap('<ds:DigestValue>', '<ds:DigestValue><!-- x -->'), 'malformed'],
  ['a CDATA section', swap('<Payload>', '<Payload><![CDATA[ ]]>'), 'malformed'],
  ['a processing instruction', (text) => `<?x y?>${text}`, 'malformed'],
  ['XML 1.1', (text) => `<?xml version="1.1"?>${text}`, 'unsupported'],
  ['another encoding', (text) => `<?xml version="1.0" encoding="latin1"?>${text}`, 'unsupported'],
  ['a byte order mark', (text) => `\ufeff${text}`, 'malformed'],
  ['xml:space', swap('<Payload>', '<Payload xml:space="preserve">'), 'malformed'],
  ['xml:id', swap('<Payload>', '<Payload xml:id="a">'), 'malformed'],
  ['an attribute twice', swap('<Payload>', '<Payload a="1" a="1">'), 'malformed'],
  ['an unbound prefix', swap('<Payload>', '<Payload><q:a></q:a>'), 'malformed'],
  ['no end', (text) => text.slice(0, -3), 'malformed'],
  ['a second root', (text) => `${text}<a></a>`, 'malformed'],
  ['no signature', swap(/<ds:Signature .*<\/ds:Signature>/, ''), 'malformed'],
  [
    'two signatures',
    (text) => text.replace(/<ds:Signature .*<\/ds:Signature>/, (element) => element + element),
    'malformed',
  ],
  [
    'a part of a signature elsewhere',
    swap('</Payload>', '<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#"></ds:Object></Payload>'),
    'malformed',
  ],
  [
    'an object in the signature',
    swap('</ds:Signature>', `<ds:Object>${WRAPPED}</ds:Object></ds:Signature>`),
    'malformed',
  ],
  ['text in the signature', swap('<ds:KeyInfo>', 'x<ds:KeyInfo>'), 'malformed'],
  ['an id on the signature', swap('<ds:Signature ', '<ds:Signature Id="s" '), 'malformed'],
  [
    'the signature moved into the payload',
    (text) => {
      const [element = ''] = /<ds:Signature .*<\/ds:Signature>/.exec(text) ?? [];
      return text.replace(element, '').replace('</Payload>', () => `${element}</Payload>`);
    },
    'malformed',
  ],
  // The classic wrapping attack: the signed document inside a new one whose values would be read.
  [
    'the whole document inside another root',
    (text) =>
      text.replace(/^<SoftwareIdentity/, '<SoftwareIdentity xmlns="x"><SoftwareIdentity') +
      '</SoftwareIdentity>',
    'malformed',
  ],
  ['deep nesting', swap('</Payload>', `${'<a>'.repeat(40)}${'</a>'.repeat(40)}</Payload>`), 'too_large'],
  [
    'too many attributes',
    swap('<Payload>', `<Payload ${Array.from({ length: 70 }, (_, i) => `a${i}=""`).join(' ')}>`),
    'too_large',
  ],
  ['too many bytes', (text) => `${text}${' '.repeat(65_536)}`, 'too_large'],
  ['a certificate that is none', swap(/<ds:X509Certificate>..../, '<ds:X509Certificate>AAAA'), 'malformed'],
  ['base64 with a digit missing', swap(/<ds:SignatureValue>./, '<ds:SignatureValue>'), 'malformed'],
];

// Correctly signed, with something wrong in what is signed.
const SIGNED: readonly (readonly [name: string, options: RimTestOptions, code: string])[] = [
  ['reference to a part', { signedInfo: swap('URI=""', 'URI="#a"') }, 'malformed'],
  ['reference without URI', { signedInfo: swap(' URI=""', '') }, 'malformed'],
  [
    'two references',
    { signedInfo: (text) => text.replace(/<ds:Reference.*<\/ds:Reference>/, (ref) => ref + ref) },
    'malformed',
  ],
  [
    'exclusive canonical form',
    {
      signedInfo: swap(
        'Algorithm="http://www.w3.org/2006/12/xml-c14n11"',
        'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
      ),
    },
    'unsupported',
  ],
  ['another hash', { signedInfo: swap('xmldsig-more#sha384"', 'xmldsig-more#sha224"') }, 'unsupported'],
  ['another signature algorithm', { signedInfo: swap('ecdsa-sha384', 'ecdsa-sha256') }, 'unsupported'],
  [
    'a stylesheet among the transforms',
    { signedInfo: swap('xmldsig#enveloped-signature', 'xslt') },
    'unsupported',
  ],
  ['one transform', { signedInfo: swap(/<ds:Transform .*?<\/ds:Transform>/, '') }, 'malformed'],
  ['a key that nobody certified', { key: ecKey('p384', 'somebody') }, 'signature'],
  ['another root element', { content: (text) => text.replaceAll('SoftwareIdentity', 'Other') }, 'malformed'],
  [
    'another namespace',
    {
      content: (text) => text.replaceAll('iso/19770', 'iso/19771'),
      signedInfo: (text) => text.replaceAll('iso/19770', 'iso/19771'),
    },
    'malformed',
  ],
  [
    'two Meta',
    { content: swap('<Payload>', '<Meta colloquialVersion="1.1" product="X"></Meta><Payload>') },
    'malformed',
  ],
  ['no Payload', { content: (text) => text.replaceAll('Payload', 'Other') }, 'malformed'],
  ['an index twice', { references: [{ index: 1 }, { index: 1 }] }, 'malformed'],
  ['index 64', { references: [{ index: 64 }] }, 'malformed'],
  ['no alternatives', { references: [{ index: 1, alternatives: [] }] }, 'malformed'],
  [
    'fewer alternatives than announced',
    { content: swap('alternatives="1"', 'alternatives="2"') },
    'malformed',
  ],
  ['a short hash', { content: swap(GOLD, 'ns2:Hash0="01') }, 'malformed'],
  ['another size', { content: swap('size="48"', 'size="32"') }, 'malformed'],
  ['active "yes"', { content: swap('active="True"', 'active="yes"') }, 'malformed'],
  ['text in the payload', { content: swap('<Payload>\n', '<Payload>x') }, 'malformed'],
  ['an element in a resource', { content: swap('></Resource>', '><a></a></Resource>') }, 'malformed'],
  ['another driver', { version: '550.90.08' }, 'rim_mismatch'],
  ['another product', { product: 'GB100' }, 'rim_mismatch'],
  ['signer of yesterday', { leaf: { until: NOW - 1 } }, 'expired'],
  ['signer that is an authority', { leaf: { isCa: true } }, 'chain'],
  ['three certificates', { chain: (chain) => chain.slice(0, 3) }, 'chain'],
  ['five certificates', { chain: (chain) => [...chain, ...chain.slice(-1)] }, 'chain'],
  ['root first', { chain: (chain) => chain.toReversed() }, 'chain'],
  ['the device root', { chain: (chain) => [...chain.slice(0, 3), gpu.chain.at(-1) as Uint8Array] }, 'chain'],
];

describe('reference manifests', () => {
  it.each(FORGED)('changed after signing: %s', (_name, rewrite, code) => {
    expect(codeWith(makeRim({ rewrite }))).toBe(code);
  });

  it.each(SIGNED)('signed: %s', (_name, options, code) => {
    expect(codeWith(makeRim(options))).toBe(code);
  });

  it.each([
    ['empty elements in short form', (text: string) => text.replace(/><\/(?:Meta|Resource)>/g, '/>')],
    [
      'attributes in another order',
      (text: string) => text.replace(/(active="\w+") (alternatives="\d+")/g, '$2 $1'),
    ],
    ['single quotes', (text: string) => text.replace(/size="48"/g, "size='48'")],
    ['line ends of Windows', (text: string) => text.replaceAll('\n', '\r\n')],
    ['character references', swap('product="GH100"', 'product="&#71;H100"')],
    ['white space inside tags', (text: string) => text.replaceAll('></Resource>', ' ></Resource >')],
    [
      'a namespace declared again',
      swap('<Payload>', '<Payload xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd">'),
    ],
    ['an XML declaration', (text: string) => `<?xml version="1.0" encoding="UTF-8"?>\n${text}\n`],
    ['lines in base64', (text: string) => text.replace(/[A-Za-z0-9+/]{64}(?=[A-Za-z0-9+/])/g, '$&\n')],
  ] as const)('another writing of the same document holds: %s', (name, rewrite) => {
    // SignedInfo is signed as it is written, so base64 lines inside of it would be another content.
    const outside = (text: string): string =>
      name === 'lines in base64'
        ? text.replace(/<ds:SignatureValue>.*$/s, (tail) => rewrite(tail))
        : rewrite(text);
    expect(codeWith(makeRim({ rewrite: outside }))).toBe('ok');
  });
});
