import { bytesToHex } from '@aivm/core/bytes';
import type { Transaction } from '@aivm/core/tx';
import type { RouteName } from '@aivm/sdk';

/** A request that its route takes. */
export interface SampleRequest {
  readonly route: RouteName;
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Below the base path, with its query. */
  readonly path: string;
  readonly body?: unknown;
}

const get = (route: RouteName, ...paths: readonly string[]): SampleRequest[] =>
  paths.map((path) => ({ route, method: 'GET', path }));
const post = (route: RouteName, path: string, ...bodies: readonly unknown[]): SampleRequest[] =>
  bodies.map((body) => ({ route, method: 'POST', path, body }));

const ROW = Array.from({ length: 32 }, (_, i) => ((i * 37) % 256) - 128);
const GPU = {
  model: 'H100',
  memory_gb: 80,
  tflops: 989.5,
  available: true,
  temperature: 41.5,
  utilization: 3,
};
const GPU_ATTESTATION = {
  device_id: 'gpu-0',
  model: 'H100',
  cc_enabled: true,
  tee_io_enabled: false,
  driver_version: '550.54',
  vbios_version: '96.00',
  timestamp: '2026-01-02T03:04:05Z',
  mode: 1,
  software_attestation: {
    gpu_serial: 's-1',
    pci_id: '0000:01:00.0',
    board_id: 'b-1',
    gpu_part_num: 'p-1',
    compute_caps: '9.0',
    driver_version: '550.54',
    cuda_version: '12.4',
    vbios_version: '96.00',
    benchmark_hash: Array.from({ length: 32 }, (_, i) => i),
    benchmark_time_ms: 12,
    provider_pubkey: 'AgME',
    signature: 'AQID',
    timestamp: '2026-01-02T03:04:05Z',
    nonce: Array.from({ length: 32 }, () => 7),
  },
};

const WRITES: readonly SampleRequest[] = [
  ...post('registerProvider', '/providers/register', {
    id: 'p-9',
    wallet_address: '',
    endpoint: 'http://127.0.0.1:9000',
    gpus: [GPU],
    gpu_attestation: GPU_ATTESTATION,
  }),
  ...post(
    'submitTask',
    '/tasks/submit',
    { id: 't-9', type: 'inference', model: 'wdbc-int8', input: ROW, fee: 10_000_000 },
    {
      id: 't-8',
      type: 'inference',
      model: 'qwen3-8b',
      input: { b: 'é', a: [1, 2.5, null] },
      fee: '10000000',
    },
    {
      id: 't-7',
      type: '',
      model: 'm',
      input: 1,
      fee: 1,
      mode: 1,
      redundancy: { m: 2, n: 3 },
      deadline_blocks: 9,
    },
  ),
  ...post('submitResult', '/tasks/result', {
    task_id: 't-1',
    provider_id: 'p-1',
    output: [1],
    compute_time_ms: 12,
    proof: 'AQID',
    error: '',
  }),
  ...post('claimRewards', '/rewards/claim', { provider_id: 'p-1' }),
  ...post('takeSnapshot', '/dev/snapshot', {}),
  ...post('revertToSnapshot', '/dev/revert', { snapshot: 1 }),
  ...post('mineBlocks', '/dev/mine', { blocks: 2, seconds: 3 }),
  ...post('setTime', '/dev/time', { timestamp: 1_900_000_000 }, { seconds: 60 }),
  ...post('setAutomine', '/dev/automine', { enabled: false }),
  ...post('forwardTask', '/dev/forward', { task: 't-1' }),
  ...post('impersonate', '/dev/impersonate', {
    from: `0x${'07'.repeat(20)}`,
    operation: { kind: 'transfer', to: `0x${'08'.repeat(20)}`, amount: '1' },
  }),
  ...post('verifyAttestation', '/attestation/verify', { gpu_attestation: GPU_ATTESTATION }),
];

/** A request for every route of the contract, and signed `transactions` to post. */
export function sampleRequests({
  transactions,
  address,
  blockId,
}: {
  readonly transactions: readonly Transaction[];
  readonly address: string;
  readonly blockId: Uint8Array;
}): readonly SampleRequest[] {
  const hexes = transactions.map(({ bytes }) => `0x${bytesToHex(bytes)}`);
  const [first] = transactions;
  const hash = bytesToHex(first?.id ?? blockId);
  return [
    ...WRITES,
    ...hexes.flatMap((hex) => post('submitTransaction', '/tx', hex)),
    ...post('submitTransaction', '/tx', hexes.slice(0, 3)),
    ...post('submitTransaction', '/tx?wait=accepted&timeout=5ms', hexes[0]),
    ...get('getProviders', '/providers'),
    ...get('getTask', '/tasks?id=t-1'),
    ...get('listTasks', '/tasks?status=completed&limit=3', '/tasks?model=wdbc-int8&provider=p-1'),
    ...get('getTaskStats', '/tasks'),
    ...get('getModels', '/models'),
    ...get('getRewardStats', '/rewards/stats?provider_id=p-1'),
    ...get('getStats', '/stats'),
    ...get('getMerkle', '/merkle'),
    ...get('getHealth', '/health'),
    ...get('getTransaction', `/tx/${hash}`, `/tx/0x${hash}?wait=1ms&until=final`),
    ...get('getAccount', `/accounts/${address}`),
    ...get('listBlocks', '/blocks?from=3&limit=2', '/blocks'),
    ...get('getBlock', '/blocks/2', '/blocks/latest', `/blocks/0x${bytesToHex(blockId)}`),
    ...get('getBlockBytes', '/blocks/1/bytes?count=3', '/blocks/9/bytes?wait=1ms'),
    ...get('listSnapshots', '/snapshots'),
    ...get('getDevelopment', '/dev'),
    ...get('getAnchorSignatures', '/anchors/0/signatures'),
    ...get('getAnchorValidators', '/validators'),
    ...get('getSnapshot', '/snapshots/4'),
    ...get('getSnapshotChunk', '/snapshots/4/chunk?index=1'),
    ...get('getProvider', '/providers/p-1'),
    ...get('getWork', '/providers/p-1/work?after=0', '/providers/p-1/work?wait=1ms'),
    ...get('listEpochs', '/epochs?limit=2'),
    ...get('listAnchors', '/anchors?cursor=1'),
    ...get('listDisputes', '/disputes?verdict=open&limit=2'),
    ...get('getDispute', '/disputes/t-1'),
    ...get('getConfig', '/config'),
    ...get('getReceipt', '/receipts/0'),
    ...get('getReceiptProof', '/receipts/0/proof', '/receipts/0/proof?anchor=latest'),
    ...get('getStateProof', '/state/6100/proof'),
    ...get('getBlob', `/blobs/0x${hash}`),
    ...get('getBlobProof', `/blobs/0x${hash}/proof?first=1&count=2`),
    ...get('getGameMoves', '/tasks/t-1/moves', '/tasks/t-1/moves?from=1'),
    { ...get('putBlob', `/blobs/0x${hash}?model=m-1`)[0]!, method: 'PUT' },
    ...get('subscribeEvents', '/events?after=1.0'),
    ...get('getOpenapi', '/openapi.json'),
    ...get('getMetrics', '/metrics'),
  ];
}
