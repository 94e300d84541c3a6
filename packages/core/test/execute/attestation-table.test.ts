import { installAttestationPrimitives, noblePrimitives } from '@aivm/core/attestation';
import { bytesToHex } from '@aivm/core/bytes';
import { AIVMEpochState } from '@aivm/core/layout';
import { readChain, readProvider, readWaitingAttestation, stateKeys } from '@aivm/core/state';
import { createMemoPrimitives } from '@aivm/test-authority';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createContext } from '../../src/execute/block/execute-block.ts';
import { updateChain } from '../../src/execute/context/block-context.ts';
import { KernelTable, queueKernelOp } from '../../src/execute/epochs/kernel-ops.ts';
import {
  chip,
  live,
  openChain,
  refuses,
  served,
  snpAttestation,
  statementPart,
  submitAttestation,
} from './attestation-scenario.ts';
import { bob, carol, registerProvider } from './scenario.ts';
import type { TestChain } from './test-chain.ts';

/** 70 % of the largest table of the kernels. */
const TABLE_ENTRIES = 91_750;
/** Operations that wait for the kernels at most. */
const WAITING_OPS = 65_536;

/** Says that the last kernel round left so many attestations; filling the table for real would take hours. */
function leaveLive(chain: TestChain, count: number): void {
  const epochState = AIVMEpochState.create({ CurrentEpoch: 1n, TotalActiveAttestations: BigInt(count) });
  chain.state.values.set(bytesToHex(stateKeys.epochState()), epochState.bytes);
}

/** Length of an epoch by default. */
const EPOCH_SECONDS = 3_600;

/** Attestations that the last transition has not counted: they wait, or were applied since. */
function queued(chain: TestChain): number {
  const { attestationOps, attestationsApplied } = readChain(chain.state);
  return attestationOps + attestationsApplied;
}

/** Bob serves "p" and Carol "q". */
function servedTwice(): TestChain {
  const chain = served();
  chain.must(carol, registerProvider(carol, 'q'));
  return chain;
}

beforeAll(() => installAttestationPrimitives(createMemoPrimitives()));
afterAll(() => installAttestationPrimitives(noblePrimitives));

describe("the kernels' attestation table", () => {
  it('takes what has room, and then refuses: what is live and what waits count together', () => {
    const chain = servedTwice();
    leaveLive(chain, TABLE_ENTRIES - 1);
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(queued(chain)).toBe(1);
    refuses(chain, 'table_full', carol, snpAttestation(chain, carol, 'q', {}, chip(2)));
    expect(live(chain, 'q')).toBeUndefined();
    expect(queued(chain)).toBe(1);
    // Its own entry that waits is replaced: whoever has a place keeps it.
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    expect(queued(chain)).toBe(1);
    // A statement needs no place.
    chain.must(carol, submitAttestation(chain, 'q', statementPart(chain, carol, 'q')));
    refuses(chain, 'table_full', carol, snpAttestation(chain, carol, 'q', {}, chip(2)));
    expect(live(chain, 'q')).toMatchObject({ hardware: false });
    leaveLive(chain, TABLE_ENTRIES - 2);
    chain.must(carol, snpAttestation(chain, carol, 'q', {}, chip(2)));
    expect(live(chain, 'q')).toMatchObject({ hardware: true });
    expect(queued(chain)).toBe(2);
  });

  it('has room for so many that wait, of all tables together', () => {
    const chain = served();
    const context = createContext(chain.parent, { timestamp: chain.tip.header.timestamp });
    const { attestationOps, anchorOps } = readChain(context.state);
    updateChain(context, () => ({ modelOps: WAITING_OPS - 1 - attestationOps - anchorOps }));
    const op = new Uint8Array(144);
    queueKernelOp(context, KernelTable.attestation, op);
    expect(() => queueKernelOp(context, KernelTable.attestation, op)).toThrow(/65536 operations wait/);
  });

  it('keeps the old attestation and the device of whoever is refused', () => {
    const chain = servedTwice();
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    // The round takes its entry; the next one needs a place of its own.
    chain.mine([], EPOCH_SECONDS);
    const before = live(chain, 'p');
    expect(before).toBeDefined();
    leaveLive(chain, TABLE_ENTRIES);
    refuses(chain, 'table_full', bob, snpAttestation(chain, bob, 'p', {}, chip(9)));
    expect(live(chain, 'p')).toEqual(before);
    leaveLive(chain, 1);
    refuses(chain, 'attestation_device_in_use', carol, snpAttestation(chain, carol, 'q'));
    chain.must(carol, snpAttestation(chain, carol, 'q', {}, chip(9)));
  });

  it('refuses the registration that would take over an attestation that waits, whole', () => {
    const chain = openChain({}, { requireTEEAttestation: true });
    leaveLive(chain, TABLE_ENTRIES);
    // Who is not registered takes no place yet.
    chain.must(bob, snpAttestation(chain, bob, 'p'));
    const waiting = readWaitingAttestation(chain.state, bob.address);
    expect(waiting).toBeDefined();
    refuses(chain, 'table_full', bob, registerProvider(bob, 'p'));
    expect(readProvider(chain.state, 'p')).toBeUndefined();
    expect(readWaitingAttestation(chain.state, bob.address)).toEqual(waiting);
    leaveLive(chain, TABLE_ENTRIES - 1);
    chain.must(bob, registerProvider(bob, 'p'));
    expect(live(chain, 'p')).toMatchObject({ provider: 'p' });
    expect(queued(chain)).toBe(1);
  });
});
