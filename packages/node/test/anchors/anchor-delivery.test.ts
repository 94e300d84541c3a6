import { serializeAnchorMessage } from '@aivm/core/block';
import { equalBytes } from '@aivm/core/bytes';
import { type Anchor, anchorToShape } from '@aivm/sdk';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AnchorDeliveries } from '../../src/anchors/anchor-deliveries.ts';
import { AnchorDelivery } from '../../src/anchors/anchor-delivery.ts';
import { type AnchorSink, AnchorSinkError } from '../../src/anchors/anchor-sink.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { verifyDatabase } from '../../src/verify/verify-database.ts';
import { ANCHORED_GENESIS, type AnchoredChain, openAnchoredChain } from '../support/anchored-chain.ts';
import { FaultyStore } from '../support/faulty-store.ts';
import { acceptBlock } from '../support/task-chain.ts';

const backoff = { firstMs: 2, mostMs: 10 };

/** A destination in memory that goes wrong on demand, before it took the anchor or after. */
class TestSink implements AnchorSink {
  readonly kind: string = 'test';
  readonly destination = 'test';
  readonly taken: Anchor[] = [];
  /** Every delivery that was asked for, by number. */
  readonly asked: number[] = [];
  faults: ('before' | 'after')[] = [];
  isDown = false;
  isClosed = false;
  /** Whether it can say how far it is. */
  knowsItself = false;

  async next(): Promise<number | undefined> {
    if (this.isDown) throw new AnchorSinkError('down');
    return this.knowsItself ? this.taken.length : undefined;
  }

  async deliver(anchor: Anchor): Promise<void> {
    this.asked.push(Number(anchor.number));
    const fault = this.isDown ? 'before' : this.faults.shift();
    if (fault === 'before') throw new AnchorSinkError('down');
    const isKnown = this.taken.some(({ id }) => equalBytes(id, anchor.id));
    if (!isKnown) this.taken.push(anchor);
    if (fault === 'after') throw new Error('the connection broke: http://user:secret@host');
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

function deliver({ outbox }: AnchoredChain, sink: AnchorSink, log?: Log): AnchorDelivery {
  const delivery = new AnchorDelivery('test', sink, {
    outbox,
    backoff,
    ...(log === undefined ? {} : { log }),
  });
  delivery.start();
  onTestFinished(() => delivery.stop());
  return delivery;
}

const numbersOf = (sink: TestSink): number[] => sink.taken.map(({ number }) => Number(number));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const until = (isTrue: () => boolean): Promise<void> =>
  expect.poll(isTrue, { timeout: 5_000, interval: 2 }).toBe(true);

describe('the outbox', () => {
  it('gets an anchor in the batch of its block: with both or neither', async () => {
    const inner = new MemoryStore();
    const faulty = new FaultyStore(inner);
    const first = await openAnchoredChain(faulty);
    await acceptBlock(first.chain);
    // The second block makes the first anchor; its batch fails before anything of it is there.
    faulty.nextFault = 'before';
    await expect(acceptBlock(first.chain)).rejects.toThrow('disk full');
    const second = await openAnchoredChain(faulty);
    expect([second.chain.head.height, second.outbox.count, second.outbox.get(0)]).toEqual([1, 0, undefined]);
    // And once after all of it is there, unknown to the process that wrote it.
    faulty.nextFault = 'after';
    await expect(acceptBlock(second.chain)).rejects.toThrow('power failure');
    expect(second.outbox.count).toBe(0);
    const third = await openAnchoredChain(faulty);
    expect([third.chain.head.height, third.outbox.count]).toEqual([2, 1]);
    expect(third.outbox.get(0)).toMatchObject({ number: 0n, receiptCount: 0, blockId: third.chain.head.id });
  });

  it('does not show an anchor whose block is still being written', async () => {
    const store = new FaultyStore(new MemoryStore());
    const world = await openAnchoredChain(store);
    const seen: (number | undefined)[] = [];
    store.onWritten = () => seen.push(world.outbox.count, Number(world.outbox.get(0)?.number ?? -1n));
    await world.anchor();
    expect(seen).toEqual([0, -1, 0, -1]);
    expect(world.outbox.count).toBe(1);
  });

  it('holds anchors that extend each other, with the root of their block', async () => {
    const { chain, outbox, anchor } = await openAnchoredChain();
    await anchor(3);
    const shapes = upTo(3).map((n) => anchorToShape(outbox.get(n)!));
    for (const [i, shape] of shapes.entries()) {
      expect(shape.parent_root).toEqual(shapes[i - 1]?.commit_root ?? new Uint8Array(32));
      expect(shape).toMatchObject({
        height: 2 * (i + 1),
        chain_id: 7n,
        message: serializeAnchorMessage(outbox.get(i)!),
      });
    }
    expect(shapes[2]).toMatchObject({ commit_root: chain.header.receiptsRoot, block_hash: chain.head.id });
    expect([outbox.get(3), outbox.get(-1), outbox.get(0.5)]).toEqual([undefined, undefined, undefined]);
  });

  it('leaves a database that verifies, whatever sinks have got', async () => {
    const world = await openAnchoredChain();
    await world.anchor(2);
    await world.outbox.saveCursor('somewhere', 1);
    const report = await verifyDatabase({ store: world.store, genesis: ANCHORED_GENESIS, location: 'test' });
    expect(report.entries).toMatchObject({ anchor: 2, anchorCursor: 1 });
  });
});

describe('a delivery', () => {
  it('hands on everything in order, and what comes later as it comes', async () => {
    const world = await openAnchoredChain();
    await world.anchor(3);
    const sink = new TestSink();
    const delivery = deliver(world, sink);
    await until(() => delivery.status().delivered === 3);
    await world.anchor(2);
    await until(() => delivery.status().delivered === 5);
    expect(sink.asked).toEqual(upTo(5));
    await delivery.stop();
    expect(sink.isClosed).toBe(true);
  });

  it('keeps order through failures on both sides of a delivery, and asks again', async () => {
    const world = await openAnchoredChain();
    await world.anchor(4);
    const sink = new TestSink();
    sink.faults = ['before', 'after', 'before', 'before', 'after'];
    const delivery = deliver(world, sink);
    await until(() => delivery.status().delivered === 4);
    expect(numbersOf(sink)).toEqual(upTo(4));
    // Failed before: asked again. Failed after: the sink saw it twice and kept it once.
    expect(sink.asked).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 3]);
    expect(delivery.status()).toMatchObject({ failuresInARow: 0, lastError: undefined });
  });

  it('retries for ever while the sink is down, blocks going on, and then catches up', async () => {
    const world = await openAnchoredChain();
    const sink = new TestSink();
    sink.isDown = true;
    const lines: LogFields[] = [];
    const warn = (fields: LogFields): void => void lines.push(fields);
    const delivery = deliver(world, sink, {
      debug: () => undefined,
      info: () => undefined,
      warn,
      error: warn,
    });
    await world.anchor(2);
    await until(() => delivery.status().failuresInARow > 6);
    expect(delivery.status()).toMatchObject({ delivered: 0, lastError: 'down' });
    expect(world.outbox.count).toBe(2);
    // One line, not one for every attempt.
    expect(lines).toHaveLength(1);
    sink.isDown = false;
    await until(() => delivery.status().delivered === 2);
    expect(numbersOf(sink)).toEqual([0, 1]);
  });

  it('shows nobody an error that the sink did not word', async () => {
    const world = await openAnchoredChain();
    await world.anchor();
    const sink = new TestSink();
    sink.faults = Array.from({ length: 50 }, () => 'after' as const);
    const delivery = deliver(world, sink);
    await until(() => delivery.status().failuresInARow > 0);
    expect(delivery.status().lastError).not.toContain('secret');
  });

  it('waits longer after every failure, up to a bound', async () => {
    const world = await openAnchoredChain();
    await world.anchor();
    const sink = new TestSink();
    sink.isDown = true;
    const waits: unknown[] = [];
    const note = (fields: LogFields): void => void waits.push(fields.retryMs);
    const delivery = deliver(world, sink, { debug: note, info: note, warn: note, error: note });
    await until(() => delivery.status().failuresInARow >= 5);
    expect(waits.slice(0, 5)).toEqual([2, 4, 8, 10, 10]);
  });

  it('goes on after a restart where it was, and repeats at most what was not written down', async () => {
    const store = new FaultyStore(new MemoryStore());
    const before = await openAnchoredChain(store);
    await before.anchor(3);
    const sink = new TestSink();
    const first = deliver(before, sink);
    await until(() => first.status().delivered === 3);
    // The process dies after the sink took number 3 and before that is written down.
    await before.anchor(1);
    store.nextFault = undefined;
    await until(() => first.status().delivered === 4);
    await first.stop();
    await before.outbox.saveCursor(sink.destination, 3);
    const after = await openAnchoredChain(store);
    await after.anchor(1);
    const second = deliver(after, sink);
    await until(() => second.status().delivered === 5);
    expect(sink.asked).toEqual([0, 1, 2, 3, 3, 4]);
    expect(numbersOf(sink)).toEqual(upTo(5));
  });

  it('survives a cursor that could not be written', async () => {
    const store = new FaultyStore(new MemoryStore());
    const world = await openAnchoredChain(store);
    await world.anchor(2);
    for (const fault of ['before', 'after'] as const) {
      const sink = new TestSink();
      await world.outbox.saveCursor(sink.destination, 0);
      store.nextFault = fault;
      const delivery = deliver(world, sink);
      await until(() => delivery.status().delivered === 2 && delivery.status().failuresInARow === 0);
      await delivery.stop();
      expect(numbersOf(sink)).toEqual([0, 1]);
      expect(sink.asked).toEqual(fault === 'before' ? [0, 0, 1] : [0, 1]);
    }
  });

  it('believes a sink that knows how far it is: ahead of the cursor, behind it, and not beyond the chain', async () => {
    const world = await openAnchoredChain();
    await world.anchor(3);
    const sink = new TestSink();
    sink.knowsItself = true;
    sink.taken.push(anchorToShape(world.outbox.get(0)!));
    await world.outbox.saveCursor(sink.destination, 3);
    const delivery = deliver(world, sink);
    await until(() => sink.taken.length === 3);
    expect(sink.asked).toEqual([1, 2]);
    await delivery.stop();

    const beyond = new TestSink();
    beyond.knowsItself = true;
    beyond.taken.push(...sink.taken, sink.taken[0]!);
    const stuck = deliver(world, beyond);
    await until(() => stuck.status().failuresInARow > 0);
    expect(stuck.status().lastError).toMatch(/up to 4, this chain made 3/);
    expect(beyond.asked).toEqual([]);
  });
});

describe('the deliveries of a node', () => {
  const start = (world: AnchoredChain, sinks: readonly AnchorSink[], hostChainID: string, log?: Log) => {
    const all = new AnchorDeliveries(
      sinks,
      { hostChainID },
      { outbox: world.outbox, backoff, ...(log && { log }) },
    );
    all.start();
    onTestFinished(() => all.stop());
    return all;
  };

  it('do not wait for each other', async () => {
    const world = await openAnchoredChain();
    await world.anchor(2);
    const [good, bad] = [new TestSink(), new TestSink()];
    Object.assign(bad, { destination: 'other', isDown: true });
    const all = start(world, [bad, good], 'primary');
    await until(() => good.taken.length === 2);
    const [first, second] = all.status();
    expect(first).toMatchObject({ sink: 'test', delivered: 0, lastError: 'down' });
    expect(second).toMatchObject({ sink: 'test-2', delivered: 2, lastError: undefined });
    // A sink that is down is told, and the node is well.
    expect(all.health()).toMatchObject({
      healthy: true,
      details: {
        anchors: 2,
        anchors_delivered_test: 0,
        'anchors_delivered_test-2': 2,
        anchor_error_test: 'down',
      },
    });
  });

  it('send nothing where the host itself is final, and warn where a primary chain has no sink', async () => {
    const world = await openAnchoredChain();
    await world.anchor(2);
    const warnings: string[] = [];
    const ignore = (): void => undefined;
    const log: Log = {
      debug: ignore,
      info: ignore,
      error: ignore,
      warn: (_, text) => void warnings.push(text),
    };
    const host = start(world, [], 'zoo', log);
    await until(() => host.status()[0]?.delivered === 2);
    expect(host.status()).toMatchObject([{ sink: 'host', delivered: 2 }]);
    expect(warnings).toEqual([]);
    expect(start(world, [], 'primary', log).status()).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('no sink')]);
  });
});
