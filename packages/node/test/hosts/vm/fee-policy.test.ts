import { bytesToHex, utf8ToBytes } from '@aivm/core/bytes';
import { describe, expect, it } from 'vitest';
import { assetIdOfNetwork, FlatPolicy, MinTxFeeFloor } from '../../../src/hosts/vm/fee-policy.ts';
import { VM } from '../../../src/hosts/vm/vm.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { testGenesis } from '../../support/test-genesis.ts';

describe('assetIdOfNetwork', () => {
  it('is the padded label on network 1', () => {
    expect(bytesToHex(assetIdOfNetwork(1))).toBe(
      `${bytesToHex(utf8ToBytes('lux asset id'))}${'00'.repeat(20)}`,
    );
  });

  // printf 'lux asset id\0\0\0\2' | sha256sum
  it.each([[2, 'a684bf744aa96bed9ddcbbb8a1bb2315782ba3fe5817586f034a18b8e85a15ff']])(
    'is the hash of label and number on network %i',
    (network, hex) => expect(bytesToHex(assetIdOfNetwork(network))).toBe(hex),
  );

  it('differs between networks', () => {
    const ids = [0, 1, 2, 256, 2 ** 24, 2 ** 32 - 1].map((network) => bytesToHex(assetIdOfNetwork(network)));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])('takes no network %d', (network) => {
    expect(() => assetIdOfNetwork(network)).toThrow(RangeError);
  });
});

describe('FlatPolicy', () => {
  const assetId = assetIdOfNetwork(1);
  const policy = new FlatPolicy({ minFee: MinTxFeeFloor, assetId });

  it('says what is wrong, the asset first', () => {
    const low = MinTxFeeFloor - 1n;
    expect(() => policy.check({ assetId: assetIdOfNetwork(2), amount: low })).toThrow(
      expect.objectContaining({ code: 'fee_wrong_asset', detail: 'tx pays fee in wrong asset' }),
    );
    expect(() => policy.check({ assetId, amount: low })).toThrow(
      expect.objectContaining({ code: 'fee_too_low', detail: 'tx fee below policy minimum' }),
    );
    expect(() => policy.check({ assetId, amount: MinTxFeeFloor })).not.toThrow();
    expect(() => new FlatPolicy({ minFee: 0n, assetId }).validate()).toThrow(
      expect.objectContaining({
        code: 'fee_policy_zero',
        detail: 'fee policy declares zero min tx fee on a user-facing chain',
      }),
    );
  });

  it('is that of the network which a VM belongs to', async () => {
    const vm = new VM();
    await vm.initialize({ store: new MemoryStore(), genesis: testGenesis([]), networkId: 2 });
    expect(vm.feePolicy().assetId).toEqual(assetIdOfNetwork(2));
    await vm.shutdown();
  });
});
