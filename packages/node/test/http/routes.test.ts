import { receiptLeaf, stateKeys, verifyStateProof } from '@aivm/core/state';
import {
  bytesToCb58,
  developmentAccounts,
  type RouteName,
  routes,
  verifyReceipt,
  verifyStateFact,
} from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { placeOf } from '../support/place-of.ts';
import { anchorChecks } from './anchor-checks.ts';
import { developmentChecks } from './development-checks.ts';
import type { Fixture } from './fixture.ts';
import { nodeChecks } from './node-checks.ts';
import { answerOfRow, FEE, ROW, registerBody, resultBody, startScenario, taskBody } from './scenario.ts';
import { syncChecks } from './sync-checks.ts';

const account = developmentAccounts()[0]!;
const other = developmentAccounts()[9]!;

/** Every route, by the real client against the real server. The type keeps the table complete. */
const checks: { readonly [N in RouteName]: (fixture: Fixture) => Promise<void> } = {
  getProviders: async ({ client }) => {
    const providers = await client.getProviders();
    expect(providers.map(({ id }) => id)).toEqual(['p-1']);
    expect(providers[0]).toMatchObject({
      tasks_handled: 1n,
      bond: 10n ** 18n,
      state: 'active',
      assigned: ['t-2'],
    });
    expect(providers[0]?.gpus[0]).toMatchObject({ model: 'H100', tflops: '989.5', temperature: '41.5' });
  },
  registerProvider: async ({ client }) => {
    const answer = await client.call('registerProvider', { body: registerBody('p-2') });
    expect(answer).toEqual({ success: true, providerId: 'p-2' });
    expect((await client.getProvider('p-2')).operator).toEqual(developmentAccounts()[2]?.addressBytes);
  },
  getTask: async ({ client }) => {
    const task = await client.getTask('t-1');
    expect(task).toMatchObject({
      status: 'completed',
      settlement: 'final',
      input: ROW,
      output: answerOfRow(),
      fee: FEE,
      assigned_to: 'p-1',
      compute_time_ms: 12n,
      proof: Uint8Array.of(1, 2, 3),
      receipt_index: 0,
      requester: account.addressBytes,
      verifiable: true,
    });
  },
  listTasks: async ({ client }) => {
    expect((await client.listTasks()).tasks.map(({ id }) => id)).toEqual(['t-3', 't-2', 't-1']);
    expect((await client.listTasks({ status: 'completed' })).tasks.map(({ id }) => id)).toEqual(['t-1']);
    expect(
      (await client.listTasks({ model: 'qwen3-8b', status: 'assigned' })).tasks.map(({ id }) => id),
    ).toEqual(['t-2']);
    const first = await client.listTasks({ limit: 2 });
    expect(first.tasks).toHaveLength(2);
    const second = await client.listTasks({ limit: 2, cursor: first.next_cursor });
    expect(second.tasks.map(({ id }) => id)).toEqual(['t-1']);
    expect(second.next_cursor).toBeUndefined();
  },
  getTaskStats: async ({ client }) => {
    expect(await client.call('getTaskStats', {})).toEqual(await client.getStats());
  },
  submitTask: async ({ client }) => {
    expect(await client.call('submitTask', { body: taskBody('t-9') })).toEqual({
      success: true,
      taskId: 't-9',
    });
    expect((await client.getTask('t-9')).status).toBe('pending');
  },
  submitResult: async ({ client }) => {
    const body = resultBody('t-2', { output: { text: 'hi', n: 2 } });
    expect(await client.call('submitResult', { body })).toEqual({ success: true, taskId: 't-2' });
    expect(await client.getTask('t-2')).toMatchObject({
      status: 'processing',
      settlement: 'posted',
      output: { n: 2, text: 'hi' },
      output_encoding: 'json',
      verifiable: false,
    });
  },
  getModels: async ({ client }) => {
    const models = await client.getModels();
    expect(models.map(({ id }) => id)).toEqual(['zen-coder-1.5b', 'zen-mini-0.5b', 'qwen3-8b', 'wdbc-int8']);
    expect(models.every(({ hash }) => hash.length === 32)).toBe(true);
  },
  verifyAttestation: async ({ client }) => {
    const verdict = await client.call('verifyAttestation', { body: attestationBody() });
    expect(verdict).toMatchObject({
      verified: false,
      trustScore: 0,
      mode: 0,
      hardwareCC: false,
      code: 'not_supported',
    });
    expect(verdict.reason).toContain('not examined');
  },
  claimRewards: async ({ client, node }) => {
    expect(await client.call('claimRewards', { body: { provider_id: 'p-1' } })).toEqual({
      success: true,
      claimed: 0n,
    });
    await node.mine(1, 120);
    const { pending_rewards: pending } = await client.getRewardStats('p-1');
    expect(pending).toBeGreaterThan(0n);
    const wallet = (await client.getProvider('p-1')).wallet_address;
    const before = (await client.getAccount(wallet)).balance;
    const answer = await client.call('claimRewards', { body: { provider_id: 'p-1' } });
    expect(answer.claimed).toBe(pending);
    // The wallet is the operator here, which also paid the operation's fee.
    expect((await client.getAccount(wallet)).balance).toBeLessThan(before + pending);
    expect(await client.getRewardStats('p-1')).toMatchObject({ pending_rewards: 0n, total_rewards: pending });
  },
  getRewardStats: async ({ client }) => {
    expect(await client.getRewardStats('p-1')).toMatchObject({
      provider_id: 'p-1',
      tasks_completed: 1n,
      slashed: false,
    });
  },
  getStats: async ({ client, node }) => {
    expect(await client.getStats()).toMatchObject({
      tasks_pending: 1,
      tasks_completed: 1n,
      tasks_failed: 0n,
      tasks_open: 2n,
      providers_total: 1,
      providers_active: 1,
      models_available: 4,
      receipts_processed: 1,
      height: node.lastAccepted().header.height,
    });
  },
  getMerkle: async ({ client, node }) => {
    const { receiptsRoot } = node.lastAccepted().header;
    const merkle = await client.getMerkle();
    expect(merkle).toMatchObject({ merkleRoot: receiptsRoot, count: 1 });
    expect(merkle.merkleRootHex).toBe(Buffer.from(receiptsRoot).toString('hex'));
  },
  getHealth: async ({ client, node }) => {
    expect(await client.getHealth()).toMatchObject({
      healthy: true,
      version: 'v1.0.0',
      details: { host: 'test' },
    });
    node.isHealthy = false;
    expect((await client.getHealth()).healthy).toBe(false);
  },
  submitTransaction: async ({ client, node }) => {
    const sign = (nonce: bigint, amount: bigint) =>
      other.sign({
        ...placeOf(node, nonce),
        operation: { kind: 'transfer', to: account.addressBytes, amount },
      });
    const first = await client.submitTransaction(sign(0n, 5n), { wait: 'accepted' });
    expect(first).toMatchObject({ state: 'final', code: '', height: node.lastAccepted().header.height });
    node.isAutomatic = false;
    const tx = sign(1n, 7n);
    expect(await client.submitTransaction(tx)).toEqual({ hash: tx.id, state: 'pending' });
    // Posting again is no second transfer.
    expect(await client.submitTransaction(tx)).toMatchObject({ hash: tx.id, state: 'pending' });
    const many = await client.submitTransactions([
      sign(2n, 1n),
      sign(99n, 1n),
      Uint8Array.of(1),
      sign(3n, 10n ** 30n),
    ]);
    expect(many.map((entry) => ('hash' in entry ? entry.state : entry.code))).toEqual([
      'pending',
      'nonce_gap',
      'malformed',
      'insufficient_balance',
    ]);
  },
  getTransaction: async ({ client, node }) => {
    node.isAutomatic = false;
    const operation = { kind: 'heartbeat', id: 'nobody' } as const;
    const tx = other.sign({ ...placeOf(node, 0n), operation });
    await expect(client.submitTransaction(tx)).rejects.toMatchObject({ code: 'provider_not_found' });
    await expect(client.getTransaction(tx.id)).rejects.toMatchObject({ code: 'not_found' });
    const transfer = {
      kind: 'transfer',
      to: account.addressBytes,
      amount: 18_446_744_073_709_551_615n,
    } as const;
    const sent = other.sign({ ...placeOf(node, 0n), operation: transfer });
    await client.submitTransaction(sent);
    const waiting = client.waitForTransaction(sent.id);
    setTimeout(() => node.mine(), 30);
    expect(await waiting).toMatchObject({
      state: 'final',
      operation: transfer,
      bytes: sent.bytes,
      nonce: 0n,
    });
  },
  getAccount: async ({ client }) => {
    const info = await client.getAccount(account.addressBytes);
    expect(info).toMatchObject({ nonce: 3n, next_nonce: 3n, pending_tasks: 1 });
    expect(info.balance).toBe(10n ** 24n - 3n * (FEE + 1_000_000n));
    expect(await client.getAccount(new Uint8Array(20).fill(9))).toMatchObject({ balance: 0n, nonce: 0n });
  },
  listBlocks: async ({ client, node }) => {
    const { height, id } = { ...node.lastAccepted(), height: node.lastAccepted().header.height };
    const page = await client.listBlocks({ limit: 3 });
    expect(page.blocks.map((block) => block.height)).toEqual([height, height - 1, height - 2]);
    expect(page.blocks[0]?.id).toEqual(id);
    const last = await client.listBlocks({ from: Number(page.next_cursor), limit: 100 });
    expect(last.blocks).toHaveLength(height - 2);
    expect(last.next_cursor).toBeUndefined();
  },
  getBlock: async ({ client }) => {
    const block = await client.getBlock(2);
    expect(block).toMatchObject({ height: 2, transaction_count: 1 });
    expect(block.tasks).toMatchObject([{ id: 't-1', status: 'pending', settlement: 'open', fee: FEE }]);
    const registered = await client.getBlock(1);
    expect(registered.providerRegs).toMatchObject([{ providerId: 'p-1', endpoint: 'http://127.0.0.1:9000' }]);
    expect(await client.getBlock(block.id)).toEqual(block);
    expect(await client.getBlock(bytesToCb58(block.id))).toEqual(block);
    expect((await client.getBlock(4)).results).toMatchObject([
      { task_id: 't-1', provider_id: 'p-1', output: answerOfRow() },
    ]);
    expect((await client.getBlock('latest')).tasks).toMatchObject([{ id: 't-3' }]);
  },
  getProvider: async ({ client }) => {
    expect(await client.getProvider('p-1')).toEqual((await client.getProviders())[0]);
  },
  getWork: async ({ client, node }) => {
    const work = await client.getWork('p-1');
    expect(work.tasks).toMatchObject([
      { id: 't-2', status: 'assigned', input: { a: [1, 2.5, null], b: 'é' } },
    ]);
    expect((await client.getWork('p-1', { after: work.height })).tasks).toEqual([]);
    const waiting = client.getWork('p-1', { after: work.height, wait: 20_000 });
    setTimeout(() => node.mine(), 30);
    expect((await waiting).tasks.map(({ id }) => id)).toEqual(['t-3']);
    const startedAt = performance.now();
    expect((await client.getWork('p-1', { after: 1_000, wait: 100 })).tasks).toEqual([]);
    expect(performance.now() - startedAt).toBeGreaterThan(90);
  },
  listEpochs: async ({ client, node }) => {
    expect(await client.listEpochs()).toMatchObject({ current: { epoch: 0n, receipts: 1n }, epochs: [] });
    await node.mine(3, 61);
    const page = await client.listEpochs({ limit: 2 });
    expect(page.current.epoch).toBe(3n);
    expect(page.epochs.map(({ epoch }) => epoch)).toEqual([2n, 1n]);
    const rest = await client.listEpochs({ limit: 2, cursor: page.next_cursor });
    expect(rest.epochs.map(({ epoch, receipts }) => [epoch, receipts])).toEqual([[0n, 1n]]);
  },
  ...anchorChecks,
  ...syncChecks,
  ...developmentChecks,
  getConfig: async ({ client, node }) => {
    const config = await client.getConfig();
    expect(config).toMatchObject({ chain_id: 1337n, signs_unsigned_writes: true });
    expect(config.config).toEqual(node.config);
    expect(config.params).toEqual(node.params);
  },
  getReceipt: async ({ client, node }) => {
    expect(await client.getReceipt(0)).toEqual({ index: 0, receipt: node.blocks.getReceipt(0) });
    await expect(client.getReceipt(1)).rejects.toMatchObject({ code: 'not_found' });
  },
  getReceiptProof: async ({ client, node }) => {
    const file = await client.getReceiptProof(0);
    const trustedBlockId = node.lastAccepted().id;
    expect(verifyReceipt(file, { trustedBlockId })).toMatchObject({
      isValid: true,
      receipt: { jobId: 't-1' },
    });
    expect(receiptLeaf(file.receipt)).toEqual(receiptLeaf(node.blocks.getReceipt(0)!));
    await expect(client.getReceiptProof(1)).rejects.toMatchObject({ code: 'not_found' });
    await node.mine(4);
    const anchored = await client.getReceiptProof(0, { anchor: 'latest' });
    expect(await client.getReceiptProof(0, { anchor: 3 })).toEqual(anchored);
    const { blockId } = node.anchors.get(3)!;
    expect(verifyReceipt(anchored, { trustedBlockId: blockId }).isValid).toBe(true);
    expect(anchored.header.height).toBe(16);
    // The first anchor came before the receipt; the tenth did not come yet.
    for (const anchor of [0, 10]) {
      await expect(client.getReceiptProof(0, { anchor })).rejects.toMatchObject({ code: 'not_found' });
    }
  },
  getStateProof: async ({ client, node }) => {
    const trustedBlockId = node.lastAccepted().id;
    const file = await client.getStateProof(stateKeys.task('t-1'));
    expect(verifyStateFact(file, { trustedBlockId })).toMatchObject({ isValid: true, value: file.value });
    const absent = await client.getStateProof(stateKeys.task('t-99'));
    expect(absent.value).toBeUndefined();
    expect(verifyStateFact(absent, { trustedBlockId }).isValid).toBe(true);
    const lie = { root: file.header.stateRoot, key: file.key, value: Uint8Array.of(1), proof: file.proof };
    expect(verifyStateProof(lie)).toBe(false);
  },
  subscribeEvents: async ({ client, node }) => {
    const seen: string[] = [];
    const after = { height: node.lastAccepted().header.height - 1, index: 0 };
    for await (const event of client.subscribeEvents({ after })) {
      seen.push(event.kind === 'task' ? `${event.task_id} ${event.reason}` : event.kind);
      if (event.kind === 'block') break;
    }
    expect(seen.at(-1)).toBe('block');
  },
  getMetrics: async ({ client, node }) => {
    const text = await client.getMetrics();
    expect(text).toContain(`aivm_height ${node.lastAccepted().header.height}`);
    expect(text).toContain('aivm_tasks{state="completed"} 1');
    expect(text).toContain('aivm_health{name="pool_transactions"} 0');
    expect(text).toMatch(
      /aivm_http_requests_total\{route="\/rpc\/tasks\/submit",method="POST",status="200"\} 3/,
    );
    expect(text).toContain('aivm_http_event_streams 0');
    expect(text).toContain('aivm_anchors 3');
  },
  ...nodeChecks,
};

const attestationBody = () => ({
  gpu_attestation: {
    device_id: 'GPU-1',
    model: 'H100',
    cc_enabled: true,
    tee_io_enabled: true,
    driver_version: '550',
    vbios_version: '96',
    timestamp: '2026-01-01T00:00:00Z',
    mode: 0,
    local_evidence: {
      spdm_report: new Uint8Array(256),
      cert_chain: new Uint8Array(256),
      rim_verified: true,
      driver_report: new Uint8Array(0),
      nonce: new Uint8Array(32),
    },
  },
});

describe('every route, real client against real server', () => {
  it.each(Object.keys(routes) as RouteName[])('%s', async (name) => {
    const fixture = await startScenario();
    await checks[name](fixture);
    expect(fixture.log.errors).toEqual([]);
  });
});
