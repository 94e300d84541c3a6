import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { sha384 } from '@noble/hashes/sha2.js';
import { type CertificateOptions, makeCertificate, type TestCertificate } from './certificates.ts';
import { der, integer, octets, oid, sequence, utf8 } from './der.ts';
import { ecKey, type TestEcKey } from './keys.ts';

const FWID = new Uint8Array(48).fill(0xf1);
const p384 = (seed: string): TestEcKey => ecKey('p384', seed);

const ROOT_OPTIONS = {
  commonName: 'Test Device Root',
  key: p384('nvidia device root'),
  isCa: true,
  keyUsage: 0x06,
} as const;

/** The root that a policy must name, by its key, for these GPUs. */
export const NVIDIA_DEVICE_ROOT: TestCertificate = makeCertificate(ROOT_OPTIONS);

export interface GpuTestOptions {
  /** Name in the certificate, such as "NVIDIA:GH100:0123456789ABCDEF". */
  readonly deviceName?: string;
  /** Which device: two of them have different keys. */
  readonly device?: string;
  readonly nonce?: Uint8Array;
  readonly driver?: string;
  readonly vbios?: Uint8Array;
  readonly measurements?: readonly Uint8Array[];
  /** Opaque fields besides driver, firmware and FWID; undefined as value drops a field. */
  readonly fields?: ReadonlyMap<number, Uint8Array | undefined>;
  readonly fwidForm?: 'hopper' | 'blackwell' | 'none';
  readonly patches?: readonly (readonly [offset: number, bytes: Uint8Array])[];
  readonly leaf?: Partial<CertificateOptions>;
  readonly issuers?: readonly Partial<CertificateOptions>[];
  /** When all certificates count, Unix seconds; those of the kept root when left out. */
  readonly validity?: { readonly from: number; readonly until: number };
}

export interface GpuTest {
  readonly gpu: { readonly report: Uint8Array; readonly chain: readonly Uint8Array[] };
  readonly certificates: readonly TestCertificate[];
  readonly key: TestEcKey;
}

/** Measurement i of the test GPUs. */
export const measurementOf = (i: number): Uint8Array => new Uint8Array(48).fill(i);
const MEASUREMENTS = Array.from({ length: 64 }, (_, i) => measurementOf(i));

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8);
}

function opaqueOf(options: GpuTestOptions): Uint8Array {
  const { driver = '550.90.07', vbios = Uint8Array.of(0, 0x9f, 0, 0x96, 1, 0, 0, 0) } = options;
  const fields = new Map<number, Uint8Array | undefined>([
    [3, utf8ToBytes(`${driver}\0`)],
    [6, vbios],
    [20, FWID],
    ...(options.fields ?? []),
  ]);
  const parts = [...fields].flatMap(([type, value]) =>
    value === undefined ? [] : [u16(type), u16(value.length), value],
  );
  return concatBytes(...parts);
}

function makeReport(options: GpuTestOptions, key: TestEcKey): Uint8Array {
  const { nonce = new Uint8Array(32).fill(0x9c), measurements = MEASUREMENTS } = options;
  const request = concatBytes(Uint8Array.of(0x11, 0xe0, 1, 0xff), nonce, Uint8Array.of(0));
  const record = concatBytes(
    ...measurements.map((value, i) =>
      concatBytes(Uint8Array.of(i + 1, 1), u16(value.length + 3), Uint8Array.of(1), u16(value.length), value),
    ),
  );
  const size = Uint8Array.of(record.length & 0xff, (record.length >> 8) & 0xff, record.length >> 16);
  const opaque = opaqueOf(options);
  const report = concatBytes(
    request,
    Uint8Array.of(0x11, 0x60, 0, 1, measurements.length),
    size,
    record,
    new Uint8Array(32).fill(0x7e),
    u16(opaque.length),
    opaque,
  );
  for (const [offset, bytes] of options.patches ?? []) report.set(bytes, offset);
  return concatBytes(report, key.signRaw(report));
}

function fwidExtension(
  form: NonNullable<GpuTestOptions['fwidForm']>,
): readonly (readonly [string, Uint8Array])[] {
  const fwid = sequence(oid('2.16.840.1.101.3.4.2.2'), octets(FWID));
  const other = sequence(oid('2.16.840.1.101.3.4.2.2'), octets(new Uint8Array(48)));
  if (form === 'hopper') {
    return [['2.23.133.5.4.1', sequence(integer(1), p384('any').spki, fwid)]];
  }
  if (form === 'none') return [];
  const list = concatBytes(fwid, other);
  return [['2.23.133.5.4.1.1', sequence(utf8('NVIDIA'), der(0xa6, list), der(0x87, new Uint8Array(5)))]];
}

/** A GPU's report and device chain under a test root. */
export function makeGpu(options: GpuTestOptions = {}): GpuTest {
  const { device = 'a', deviceName = 'NVIDIA:GH100:0123456789ABCDEF', fwidForm = 'hopper' } = options;
  const key = p384(`nvidia leaf ${device}`);
  const names = ['Test Identity', 'Test Provisioner', `Test Device ${device}`];
  const { validity = {} } = options;
  const root =
    options.validity === undefined ? NVIDIA_DEVICE_ROOT : makeCertificate({ ...ROOT_OPTIONS, ...validity });
  const issuers: TestCertificate[] = [root];
  for (const [i, commonName] of names.entries()) {
    issuers.push(
      makeCertificate({
        commonName,
        key: p384(commonName),
        issuer: issuers.at(-1),
        isCa: true,
        keyUsage: 0x06,
        serial: 30 + i,
        ...validity,
        ...options.issuers?.[i],
      }),
    );
  }
  const other = sequence(der(0xa0, oid('1.3.6.1.4.1.412.274.1'), der(0xa0, utf8(deviceName))));
  const leaf = makeCertificate({
    commonName: 'Test GPU',
    key,
    issuer: issuers.at(-1),
    keyUsage: 0x80,
    serial: 40,
    extensions: [['2.5.29.17', other], ...fwidExtension(fwidForm)],
    ...validity,
    ...options.leaf,
  });
  const certificates = [leaf, ...issuers.reverse()];
  const report = makeReport(options, key);
  return { gpu: { report, chain: certificates.map((certificate) => certificate.der) }, certificates, key };
}

/** SHA-384 of the text, in base64: the digest of a canonical document. */
export const digestText = (text: string): string => Buffer.from(sha384(utf8ToBytes(text))).toString('base64');
