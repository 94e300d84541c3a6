import { developmentAccounts } from '@aivm/sdk';
import { makeGpu, toPem } from '@aivm/test-authority';

const MIB = 1_024 * 1_024;
/** Which chain is signed for; {@link signFor} names its genesis. */
const place = { chainId: 1337n, genesisHash: new Uint8Array(32), expiry: 0n };

/** Signs for the chain of this genesis from now on. */
export const signFor = (genesisHash: Uint8Array): void => place.genesisHash.set(genesisHash);

const [, attacker, sender] = developmentAccounts();

const hexOf = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const list = (count: number, item: string): string => `[${Array(count).fill(item).join()}]`;

/** One signed transfer of nothing. */
export const transfer = (nonce: number): Uint8Array =>
  sender!.sign({
    ...place,
    nonce: BigInt(nonce),
    operation: { kind: 'transfer', to: attacker!.addressBytes, amount: 0n },
  }).bytes;

/** One signed task with an input of its own. */
export const task = (nonce: number, input: Uint8Array, model = 'qwen3-8b'): Uint8Array =>
  attacker!.sign({
    ...place,
    nonce: BigInt(nonce),
    operation: {
      kind: 'submitTask',
      id: `task-${nonce}`,
      taskType: 'inference',
      model,
      input,
      fee: 10_000_000n,
      maxAdmission: 0n,
      mode: 0,
      n: 0,
      maxNew: 0,
      deadlineBlocks: 0n,
    },
  }).bytes;

/** Bytes that parse as a transaction, with signatures that recover to somebody or nobody. */
function forged(count: number): string[] {
  const bytes = transfer(0);
  return Array.from({ length: count }, (_, i) => {
    const copy = bytes.slice();
    copy.set([i & 255, i >> 8], copy.length - 60);
    return hexOf(copy);
  });
}

/** Evidence that was never seen before, so that nothing of it is remembered. */
function gpuEvidence(device: string): string {
  const { gpu } = makeGpu({ device });
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    gpu_attestation: {
      model: 'H100',
      local_evidence: {
        spdm_report: base64(gpu.report),
        cert_chain: base64(Buffer.from(toPem(gpu.chain))),
        nonce: new Array(32).fill(0x9c),
      },
    },
  });
}

export interface HostileRequest {
  readonly name: string;
  readonly path: string;
  readonly body?: string;
}

/** Inputs that cost as much as their size allows, for every route that takes a body. */
export function hostileBodies(round: number): readonly HostileRequest[] {
  const opaque = (input: string): string =>
    `{"id":"x-${round}","type":"inference","model":"qwen3-8b","fee":10000000,"input":${input}}`;
  const posts: Record<string, readonly (readonly [string, string])[]> = {
    '/tx': [
      ['1 MiB of digits', '9'.repeat(MIB - 10)],
      ['300,000 values', list(300_000, '1')],
      ['99,000 values and a large integer', `[${list(99_000, '1')},99999999999999999999]`],
      ['16,000 members of one object', `{${Array.from({ length: 16_000 }, (_, i) => `"k${i}":1`).join()}}`],
      ['1,000 entries that are no transaction', list(1_000, `"0x${'ab'.repeat(500)}"`)],
      ['1,000 forged signatures', JSON.stringify(forged(1_000))],
      ['1,000 transfers', JSON.stringify(Array.from({ length: 1_000 }, (_, i) => hexOf(transfer(i))))],
      ['1 MiB of hex', `"0x${'ab'.repeat(MIB / 2 - 20)}"`],
    ],
    '/tasks/submit': [
      ['64 KiB of integers', opaque(list(32_000, '1'))],
      ['64 KiB of members', opaque(list(8_000, '{"a":1}'))],
      ['1 MiB of text', opaque(`"${'x'.repeat(MIB - 200)}"`)],
      ['1 MiB of escapes', opaque(`"${'\\u0001'.repeat(MIB / 6 - 50)}"`)],
    ],
    '/providers/register': [
      [
        '2,500 cards',
        `{"id":"p","gpus":${list(2_500, '{"model":"x","memory_gb":1,"tflops":"1","available":true}')}}`,
      ],
    ],
    '/tasks/result': [
      ['99,000 integers', `{"task_id":"task-0","provider_id":"p","output":${list(99_000, '1')}}`],
    ],
    '/rewards/claim': [
      ['16,000 unknown members', `{${Array.from({ length: 16_000 }, (_, i) => `"k${i}":1`).join()}}`],
    ],
    '/attestation/verify': [
      ['a GPU', gpuEvidence(`worst ${round}`)],
      [
        '1 MiB of chain',
        `{"gpu_attestation":{"local_evidence":{"cert_chain":"${'QUJD'.repeat(MIB / 4 - 100)}"}}}`,
      ],
    ],
  };
  return Object.entries(posts).flatMap(([path, bodies]) =>
    bodies.map(([name, body]) => ({ name, path, body })),
  );
}
