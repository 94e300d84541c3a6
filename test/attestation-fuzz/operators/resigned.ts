import { concatBytes, utf8ToBytes } from '@aivm/core/bytes';
import { bits, ecdsaDer, ecKey, makeRim, sequence, withSignature } from '@aivm/test-authority';
import type { Input } from '../input.ts';
import { partsOf, replaceAt } from '../parts.ts';
import type { Random } from '../random.ts';
import { editBytes } from './bytes.ts';
import { editDer } from './der.ts';
import { editJson } from './text.ts';

const DOCUMENT_KEY = ecKey('p256', 'intel signer');
const ATTESTATION_KEY = ecKey('p256', 'intel attestation key');
const SNP_KEY = ecKey('p384', 'snp leaf');
const GPU_KEY = ecKey('p384', 'nvidia leaf a');
const PCK_ISSUER = ecKey('p256', 'intel authority');

function signDocument(input: Input, random: Random): Input {
  const { intel } = input.collateral;
  if (intel === undefined) return input;
  const name = random.pick(['tcbInfo', 'enclaveIdentity'] as const);
  const bytes = editJson(intel[name].bytes, random);
  const document = { ...intel[name], bytes, signature: DOCUMENT_KEY.signRaw(bytes) };
  return { ...input, collateral: { intel: { ...intel, [name]: document } } };
}

function signQuote(input: Input, random: Random): Input {
  if (input.evidence.kind !== 'sgx' && input.evidence.kind !== 'tdx') return input;
  const { quote } = input.evidence;
  const isSgx = quote[4] === 0;
  const end = 48 + (quote[0] === 5 ? 6 : 0) + (isSgx ? 384 : quote[0] === 5 ? 648 : 584);
  const edited = editBytes(quote.slice(0, end), random);
  const signed = concatBytes(edited, new Uint8Array(end)).slice(0, end);
  const signature = ATTESTATION_KEY.signRaw(signed);
  return {
    ...input,
    evidence: {
      ...input.evidence,
      quote: concatBytes(signed, quote.slice(end, end + 4), signature, quote.slice(end + 68)),
    },
  };
}

function signReport(input: Input, random: Random): Input {
  const { evidence } = input;
  if (evidence.kind !== 'snp') return input;
  const edited = concatBytes(editBytes(evidence.report.slice(0, 0x2a0), random), new Uint8Array(0x2a0));
  const signed = edited.slice(0, 0x2a0);
  const report = concatBytes(signed, evidence.report.slice(0x2a0));
  return { ...input, evidence: { ...evidence, report: withSignature(report, SNP_KEY.signRaw(signed)) } };
}

function signGpu(input: Input, random: Random): Input {
  const { evidence } = input;
  if (evidence.kind !== 'nvidia') return input;
  const [gpu, ...others] = evidence.gpus;
  if (gpu === undefined) return input;
  const signed = editBytes(gpu.report.slice(0, -96), random);
  const report = concatBytes(signed, GPU_KEY.signRaw(signed));
  return { ...input, evidence: { ...evidence, gpus: [{ ...gpu, report }, ...others] } };
}

/** A certificate or list of P-256 with another body, signed again by whoever issues platform certificates. */
function signCertificate(input: Input, random: Random): Input {
  const parts = partsOf(input).filter(({ form }) => form === 'der');
  if (parts.length === 0) return input;
  const { path, bytes } = random.pick(parts);
  const edited = editDer(bytes.slice(4, 4 + (((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) + 4), random);
  const signature = bits(ecdsaDer(PCK_ISSUER.signRaw(edited)));
  return replaceAt(input, path, sequence(edited, PCK_ISSUER.algorithm, signature));
}

function signManifest(input: Input, random: Random): Input {
  if (input.collateral.rims === undefined) return input;
  const values = ['0', '63', '64', '-1', '99', 'True', 'x'.repeat(100), '&amp;', ''];
  const rewrite = (text: string): string => {
    const found = [...text.matchAll(/="([^"]*)"/g)];
    const { index, 0: all } = random.pick(found);
    return `${text.slice(0, index)}="${random.pick(values)}"${text.slice(index + all.length)}`;
  };
  const rim = makeRim({ content: rewrite });
  return { ...input, collateral: { ...input.collateral, rims: [rim, ...input.collateral.rims.slice(1)] } };
}

const BY_KIND = {
  snp: [signReport, signCertificate],
  sgx: [signDocument, signQuote, signCertificate],
  tdx: [signDocument, signQuote, signCertificate],
  nvidia: [signGpu, signGpu, signManifest],
  software: [(input: Input): Input => ({ ...input, collateral: { rims: [utf8ToBytes('<a/>')] } })],
} as const;

/** Wrong content under right signatures: what only the checks behind the signatures can refuse. */
export const signAgain = (input: Input, random: Random): Input =>
  random.pick<(input: Input, random: Random) => Input>(BY_KIND[input.evidence.kind])(input, random);
