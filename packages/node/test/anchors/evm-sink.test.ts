import { anchorToShape } from '@aivm/sdk';
import { beforeAll, describe, expect, it } from 'vitest';
import { createEvmSink } from '../../src/anchors/evm/evm-sink.ts';
import { type AnchoredChain, openAnchoredChain } from '../support/anchored-chain.ts';
import { deployOnEvm, STRANGER } from '../support/anchors-on-evm.ts';

const signal = new AbortController().signal;

describe('the EVM sink', () => {
  let aivm: AnchoredChain;

  beforeAll(async () => {
    aivm = await openAnchoredChain();
    await aivm.anchor(4);
  });

  const anchor = (number: number) => anchorToShape(aivm.outbox.get(number)!);

  it('hands anchors in once, however often it is told to', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink(sinkOptions);
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(0);
    await sink.deliver(anchor(0), signal);
    const { height } = evm;
    await sink.deliver(anchor(0), signal);
    await createEvmSink(sinkOptions).deliver(anchor(0), signal);
    expect(evm.height).toBe(height);
    expect(await createEvmSink(sinkOptions).next(aivm.outbox.origin, signal)).toBe(1);
  });

  it('refuses to go on from another history', async () => {
    const { sinkOptions } = await deployOnEvm();
    const sink = createEvmSink(sinkOptions);
    await sink.deliver(anchor(0), signal);
    const other = { ...anchor(0), block_hash: new Uint8Array(32).fill(7) };
    await expect(sink.deliver(other, signal)).rejects.toThrow(/another anchor 0/);
    await expect(sink.deliver(anchor(2), signal)).rejects.toThrow(/NotNext|reverted/);
    const foreign = createEvmSink((await deployOnEvm({ chainId: 99n })).sinkOptions);
    await expect(foreign.deliver(anchor(0), signal)).rejects.toThrow(/of chain 99/);
    await expect(foreign.next(aivm.outbox.origin, signal)).rejects.toThrow(/of chain 99/);
  });

  it('refuses a contract of a chain with the same id that began otherwise', async () => {
    const genesisHash = new Uint8Array(32).fill(9);
    const sink = createEvmSink((await deployOnEvm({ genesisHash })).sinkOptions);
    await expect(sink.next(aivm.outbox.origin, signal)).rejects.toThrow(
      /of genesis 0x0909.*, this chain of 0x/,
    );
  });

  it('says that a stranger may not, without sending anything', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink({ ...sinkOptions, privateKey: STRANGER.key });
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow(/NotSubmitter|reverted/);
    // The one transaction is the deployment.
    expect(evm.calls.filter((method) => method === 'eth_sendRawTransaction')).toHaveLength(1);
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(0);
  });

  it.each([
    ['a unit of gas', { feePerGasMax: 1n }],
    ['gas for one anchor', { gasMax: 21_000n }],
  ])('pays no more for %s than it was told, and signs nothing', async (what, bound) => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink({ ...sinkOptions, ...bound });
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow(`for ${what}`);
    expect(evm.calls.filter((method) => method === 'eth_sendRawTransaction')).toHaveLength(1);
  });

  it('signs for no other EVM chain than the one it was told', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink({ ...sinkOptions, evmChainId: 987_654 });
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow(/not 987654$/);
    expect(evm.calls.filter((method) => method === 'eth_sendRawTransaction')).toHaveLength(1);
  });

  it('replaces a transaction that is stuck instead of queueing a second one', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink(sinkOptions);
    evm.isMining = false;
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow(/EVM chain/);
    await expect(sink.deliver(anchor(0), signal)).rejects.toThrow(/EVM chain/);
    expect(evm.waitingCount).toBe(1);
    await evm.mine();
    await sink.deliver(anchor(0), signal);
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(1);
  });

  it('gives up waiting when the node stops', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink({ ...sinkOptions, timeoutMs: 60_000 });
    evm.isMining = false;
    const stopping = new AbortController();
    const delivered = sink.deliver(anchor(0), stopping.signal);
    setTimeout(() => stopping.abort(new Error('the node stops')), 50);
    await expect(delivered).rejects.toThrow(/the node stops|EVM chain/);
  });

  it('names what it needs where the endpoint is down', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink(sinkOptions);
    evm.failing = new Set(['eth_call']);
    await expect(sink.next(aivm.outbox.origin, signal)).rejects.toThrow(/^the EVM chain: /);
    evm.failing = new Set();
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(0);
  });

  it('delivers again what the EVM chain forgot', async () => {
    const { evm, sinkOptions } = await deployOnEvm();
    const sink = createEvmSink(sinkOptions);
    for (const number of [0, 1, 2]) await sink.deliver(anchor(number), signal);
    await evm.forget(2);
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(1);
    for (const number of [1, 2, 3]) await sink.deliver(anchor(number), signal);
    expect(await sink.next(aivm.outbox.origin, signal)).toBe(4);
  });
});
