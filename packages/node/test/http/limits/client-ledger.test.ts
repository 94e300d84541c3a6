import { describe, expect, it } from 'vitest';
import { ClientLedger, LimitError } from '../../../src/http/limits/client-ledger.ts';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../../../src/http/limits/http-limits.ts';

const stranger = (key: string) => ({ key, isLocal: false, isProxy: false });
const local = { key: '127.0.0.1', isLocal: true, isProxy: false };

function createLedger(limits: Partial<HttpLimits>) {
  const clock = { nowMs: 0 };
  return { clock, ledger: new ClientLedger({ ...DEFAULT_HTTP_LIMITS, ...limits }, () => clock.nowMs) };
}

const secondsOf = (run: () => void): number | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    if (error instanceof LimitError) return error.retryAfterSeconds;
    throw error;
  }
};

describe('what a client may ask', () => {
  it('shrinks by the work of its requests, not by their number alone', () => {
    const { clock, ledger } = createLedger({ requestsPerSecond: 10, requestBurst: 20 });
    const admit = () => secondsOf(() => ledger.admit(stranger('a')));
    expect(admit()).toBeUndefined();
    // 1,000 entries, 1 MiB of body, 1 MiB of answer.
    ledger.charge(stranger('a'), 999);
    ledger.chargeBody(stranger('a'), 1024 * 1024);
    ledger.chargeAnswer(stranger('a'), 1024 * 1024);
    expect(admit()).toBe(60);
    clock.nowMs = 59_000;
    expect(admit()).toBe(1);
    clock.nowMs = 60_000;
    expect(admit()).toBeUndefined();
    expect(secondsOf(() => ledger.admit(stranger('b')))).toBeUndefined();
  });

  it('is without bound on this machine', () => {
    const { ledger } = createLedger({ requestsPerSecond: 1, requestBurst: 1 });
    for (let i = 0; i < 1_000; i++) {
      ledger.admit(local);
      ledger.charge(local, 1_000);
    }
  });
});

describe('bytes under way', () => {
  it('are bounded for each client and in all, and free again once', () => {
    const { ledger } = createLedger({ bytesInFlightPerClientMax: 100, bytesInFlightMax: 250 });
    const releaseA = ledger.holdBytes(stranger('a'), 90);
    expect(() => ledger.holdBytes(stranger('a'), 11)).toThrow(LimitError);
    ledger.holdBytes(stranger('b'), 90);
    expect(() => ledger.holdBytes(stranger('c'), 80)).toThrow(/at most 250/);
    // This machine's own programs are bounded by the whole alone.
    const releaseLocal = ledger.holdBytes(local, 70);
    releaseA();
    releaseA();
    releaseLocal();
    expect(ledger.bytesInFlight).toBe(90);
    ledger.holdBytes(stranger('a'), 100);
  });
});

describe('event streams', () => {
  it('are bounded for each client and in all', () => {
    const { ledger } = createLedger({ eventStreamsPerClientMax: 2, eventStreamsMax: 4 });
    const close = ledger.openStream(stranger('a'));
    ledger.openStream(stranger('a'));
    expect(secondsOf(() => ledger.openStream(stranger('a')))).toBe(10);
    ledger.openStream(local);
    ledger.openStream(local);
    expect(() => ledger.openStream(local)).toThrow(/4 event streams are open/);
    close();
    close();
    expect(ledger.streamCount).toBe(3);
    ledger.openStream(stranger('a'));
  });
});
