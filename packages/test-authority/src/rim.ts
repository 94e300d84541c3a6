import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { type CertificateOptions, makeCertificate, type TestCertificate } from './certificates.ts';
import { ecKey, type TestEcKey } from './keys.ts';
import { digestText, measurementOf } from './nvidia.ts';

const SWID = 'http://standards.iso.org/iso/19770/-2/2015/schema.xsd';
const DSIG = 'http://www.w3.org/2000/09/xmldsig#';
const C14N = 'http://www.w3.org/2006/12/xml-c14n11';
const HASH = 'http://www.w3.org/2001/04/xmlenc#sha384';
const ECDSA = 'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384';
const SHA384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384';

const ROOT_OPTIONS = {
  commonName: 'Test RIM Root',
  key: ecKey('p384', 'nvidia rim root'),
  isCa: true,
  keyUsage: 0x06,
} as const;

/** The root that a policy must name, by its key, for these manifests. */
export const NVIDIA_RIM_ROOT: TestCertificate = makeCertificate(ROOT_OPTIONS);

/** One reference: its index, whether it counts, and its alternatives. */
export interface Reference {
  readonly index: number;
  readonly isActive?: boolean;
  readonly alternatives?: readonly Uint8Array[];
}

export interface RimTestOptions {
  readonly product?: string;
  readonly version?: string;
  readonly references?: readonly Reference[];
  /** Applied to the canonical document before it is digested: the content itself changes. */
  readonly content?: (canonical: string) => string;
  /** Applied to SignedInfo before it is signed. */
  readonly signedInfo?: (canonical: string) => string;
  /** Applied to the finished document, which stays unsigned in what it changes. */
  readonly rewrite?: (document: string) => string;
  readonly key?: TestEcKey;
  readonly leaf?: Partial<CertificateOptions>;
  /** When all certificates count, Unix seconds. */
  readonly validity?: { readonly from: number; readonly until: number };
  readonly chain?: (chain: readonly Uint8Array[]) => readonly Uint8Array[];
}

const NAMESPACES = `xmlns="${SWID}" xmlns:ns2="${HASH}"`;
const MARK = '<!--signature-->';

function resource({ index, isActive = true, alternatives = [measurementOf(index)] }: Reference): string {
  const hashes = alternatives.map((hash, i) => ` ns2:Hash${i}="${bytesToHex(hash)}"`).join('');
  const active = isActive ? 'True' : 'False';
  const attributes = `active="${active}" alternatives="${alternatives.length}" index="${index}" name="M_${index}" size="48" type="Measurement"`;
  return `<Resource ${attributes}${hashes}></Resource>\n`;
}

/** The document in canonical form, written by hand, with a mark where the signature goes. */
function canonicalDocument(options: RimTestOptions): string {
  const { product = 'GH100', version = '550.90.07', references = [{ index: 1 }, { index: 2 }] } = options;
  return [
    `<SoftwareIdentity ${NAMESPACES} name="${product}" version="1.0">\n`,
    `<Meta colloquialVersion="${version}" product="${product}"></Meta>\n`,
    `<Payload>\n${references.map(resource).join('')}</Payload>\n`,
    `${MARK}</SoftwareIdentity>`,
  ].join('');
}

const leafElement = (name: string, algorithm: string): string =>
  `<ds:${name} Algorithm="${algorithm}"></ds:${name}>`;

/** SignedInfo; in canonical form it repeats the namespaces that are in scope. */
function signedInfoOf(digest: string, scope: string): string {
  const transforms = [leafElement('Transform', `${DSIG}enveloped-signature`), leafElement('Transform', C14N)];
  return [
    `<ds:SignedInfo${scope}>`,
    leafElement('CanonicalizationMethod', C14N),
    leafElement('SignatureMethod', ECDSA),
    `<ds:Reference URI=""><ds:Transforms>${transforms.join('')}</ds:Transforms>`,
    leafElement('DigestMethod', SHA384),
    `<ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`,
  ].join('');
}

function makeChain(options: RimTestOptions): readonly Uint8Array[] {
  const { validity = {} } = options;
  const root =
    options.validity === undefined ? NVIDIA_RIM_ROOT : makeCertificate({ ...ROOT_OPTIONS, ...validity });
  const issuers: TestCertificate[] = [root];
  for (const commonName of ['Test RIM L2', 'Test RIM L3']) {
    const key = ecKey('p384', commonName);
    issuers.push(
      makeCertificate({ commonName, key, issuer: issuers.at(-1), isCa: true, keyUsage: 0x06, ...validity }),
    );
  }
  const leaf = makeCertificate({
    commonName: 'Test RIM signer',
    key: ecKey('p384', 'nvidia rim signer'),
    issuer: issuers.at(-1),
    isCa: false,
    keyUsage: 0x80,
    ...validity,
    ...options.leaf,
  });
  const chain = [leaf, ...issuers.reverse()].map((certificate) => certificate.der);
  return options.chain?.(chain) ?? chain;
}

/** A signed reference manifest under a test root. */
export function makeRim(options: RimTestOptions = {}): Uint8Array {
  const { key = ecKey('p384', 'nvidia rim signer') } = options;
  const document = options.content?.(canonicalDocument(options)) ?? canonicalDocument(options);
  const digest = digestText(document.replace(MARK, ''));
  const rewriteInfo = options.signedInfo ?? ((text: string): string => text);
  const canonicalInfo = rewriteInfo(
    signedInfoOf(digest, ` xmlns="${SWID}" xmlns:ds="${DSIG}" xmlns:ns2="${HASH}"`),
  );
  const signature = Buffer.from(key.signRaw(utf8ToBytes(canonicalInfo))).toString('base64');
  const certificates = makeChain(options)
    .map((der) => `<ds:X509Certificate>${Buffer.from(der).toString('base64')}</ds:X509Certificate>`)
    .join('');
  const element = [
    `<ds:Signature xmlns:ds="${DSIG}">`,
    rewriteInfo(signedInfoOf(digest, '')),
    `<ds:SignatureValue>${signature}</ds:SignatureValue>`,
    `<ds:KeyInfo><ds:X509Data>${certificates}</ds:X509Data></ds:KeyInfo></ds:Signature>`,
  ].join('');
  const finished = document.replace(MARK, () => element);
  return utf8ToBytes(options.rewrite?.(finished) ?? finished);
}

/** The two manifests that the test GPU needs. */
export const makeRims = (options: Pick<RimTestOptions, 'validity'> = {}): readonly Uint8Array[] => [
  makeRim(options),
  makeRim({
    ...options,
    version: '96.00.9F.00.01',
    references: [{ index: 3 }, { index: 35 }, { index: 4, isActive: false }],
  }),
];
