/**
 * A program that makes reports under a test authority, whose keys are public. Words: "snp" or "gpu", what the report
 * answers in hex, the file to write; for GPUs also from when until when their certificates count, and which one.
 */
import { writeFileSync } from 'node:fs';
import { hexToBytes } from '@aivm/core/bytes';
import { makeGpu, makeSnp, toPem } from '@aivm/test-authority';

const [kind, hex = '', outFile = '', from, until, device = 'a'] = process.argv.slice(2);

/** The JSON that NVIDIA's tools write. */
function gpuJson(nonce: Uint8Array): string {
  const { gpu } = makeGpu({ device, nonce, validity: { from: Number(from), until: Number(until) } });
  const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    evidences: [{ arch: 'HOPPER', evidence: base64(gpu.report), certificate: base64(toPem(gpu.chain)) }],
  });
}

const answer = hexToBytes(hex);
writeFileSync(outFile, kind === 'snp' ? makeSnp({ reportData: answer }).evidence.report : gpuJson(answer));
