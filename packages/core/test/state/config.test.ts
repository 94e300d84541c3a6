import { DefaultConfig, DefaultPermissionedConfig, parseConfig, parseDurationMs } from '@aivm/core/state';
import { describe, expect, it } from 'vitest';

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['0.001s', 1],
    ['1h0m0.25s', 3_600_250],
    ['250ms', 250],
    ['0s', 0],
    ['87600h', 315_360_000_000],
  ])('%s is %i ms', (text, ms) => expect(parseDurationMs(text, 'x')).toBe(ms));

  it.each([
    '',
    '5',
    's',
    '-1s',
    '+1s',
    '1 s',
    ' 1s',
    '1s ',
    '1d',
    '1S',
    '1e3s',
    '.5s',
    '5.s',
    '1us',
    '0.5ms',
    '1.0005s',
    '1.00000000000000000000001h',
    '87601h',
    '99999999999999999999h',
    `${'1ms'.repeat(30)}`,
    '1s\n',
  ])('%j is refused by name', (text) => {
    expect(() => parseDurationMs(text, 'config.taskTimeout')).toThrow(
      /^config_refused: config\.taskTimeout: expected /,
    );
  });
});

describe('parseConfig', () => {
  it('takes the defaults for what is left out', () => {
    expect(parseConfig({})).toEqual(DefaultConfig());
    expect(parseConfig({ minTrustScore: 80 }, DefaultPermissionedConfig())).toEqual({
      ...DefaultPermissionedConfig(),
      minTrustScore: 80,
    });
    expect(DefaultPermissionedConfig()).toMatchObject({
      verificationMode: 2,
      requireTEEAttestation: true,
      minTrustScore: 70,
    });
  });

  it('hands out defaults that nobody else holds', () => {
    expect(DefaultConfig()).not.toBe(DefaultConfig());
    expect(DefaultConfig()).toMatchSnapshot();
  });

  it('takes integers as numbers, bigints and decimal text alike', () => {
    for (const value of [7, 7n, '7']) {
      expect(parseConfig({ challengeWindowBlocks: value, maxTasksPerProvider: value })).toMatchObject({
        challengeWindowBlocks: 7n,
        maxTasksPerProvider: 7,
      });
    }
    expect(parseConfig({ minProviderBond: '18446744073709551615' }).minProviderBond).toBe(2n ** 64n - 1n);
  });

  it.each([
    ['config', null],
    ['config', []],
    ['config', 'x'],
  ])('%s is an object, not %j', (name, json) => {
    expect(() => parseConfig(json)).toThrow(`config_refused: ${name}: expected an object`);
  });

  it.each([
    ['nope', 1],
    ['__proto__x', 1],
    ['toString', 1],
    ['MaxProvidersPerNode', 1],
    ['maxProvidersPerNode', 0],
    ['maxProvidersPerNode', 1.5],
    ['maxProvidersPerNode', -1],
    ['maxProvidersPerNode', '1e3'],
    ['maxProvidersPerNode', null],
    ['maxTasksPerProvider', 257],
    ['hostChainID', ''],
    ['hostChainID', 'x'.repeat(129)],
    ['hostChainID', 5],
    ['verificationMode', 3],
    ['challengeWindowBlocks', 0],
    ['challengeWindowBlocks', 1_000_001],
    ['redundancyFactor', 16],
    ['minProviderBond', 2n ** 64n],
    ['minProviderBond', 0],
    ['minProviderBond', 2 ** 60],
    ['requireTEEAttestation', 'true'],
    ['requireTEEAttestation', 1],
    ['minTrustScore', 101],
    ['attestationTimeout', 30],
    ['attestationTimeout', '0s'],
    ['taskTimeout', 'soon'],
    ['epochDuration', '0ms'],
    ['baseReward', 2n ** 64n],
    ['merkleAnchorFreq', 0],
    ['maxTaskQueueSize', Number.NaN],
    ['maxTaskQueueSize', true],
  ])('refuses %s = %o by name', (name, value) => {
    expect(() => parseConfig({ [name]: value })).toThrow(`config_refused: config.${name}: `);
  });
});
