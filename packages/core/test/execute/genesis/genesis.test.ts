import { DEFAULT_ATTESTATION_POLICY } from '@aivm/core/attestation';
import { parseBlock } from '@aivm/core/block';
import { bytesToHex } from '@aivm/core/bytes';
import {
  createGenesis,
  type Genesis,
  genesisModels,
  genesisWarnings,
  parseGenesis,
} from '@aivm/core/execute';
import {
  DEFAULT_PARAMS,
  DefaultConfig,
  EMPTY_STATE_ROOT,
  readAccount,
  readChain,
  readModel,
  readParams,
  readWeights,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { hashGenesis } from '../../../src/execute/genesis/genesis.ts';
import { DEFAULT_CHAIN_ID } from '../../../src/execute/genesis/parse-genesis.ts';
import { parseParams } from '../../../src/execute/genesis/parse-params.ts';
import { BILLION, person, TestChain } from '../test-chain.ts';

const ADDRESS = `0x${'ab'.repeat(20)}`;
const base = { version: 1, message: 'hello', timestamp: 1_700_000_000, chainId: 7 };
const WITH_ID = { chainId: 7 };

describe('parseGenesis', () => {
  it('needs no more than the three fields of the Go service and a chain id', () => {
    expect(parseGenesis(base)).toEqual({
      ...base,
      attestation: DEFAULT_ATTESTATION_POLICY,
      chainId: 7n,
      config: DefaultConfig(),
      params: DEFAULT_PARAMS,
      allocations: new Map(),
      models: genesisModels(),
    });
    expect(parseGenesis(WITH_ID)).toMatchObject({ version: 1, message: '', timestamp: 0 });
  });

  it('has a chain id of its own, unless it is one for development', () => {
    expect(() => parseGenesis({ version: 1 })).toThrow(
      'config_refused: genesis.chainId: expected an integer: only a chain with params.development may leave it out',
    );
    expect(() => parseGenesis({ params: { development: false } })).toThrow('genesis.chainId');
    expect(parseGenesis({ params: { development: true } }).chainId).toBe(DEFAULT_CHAIN_ID);
  });

  it('takes integers as numbers, bigints and decimal text', () => {
    for (const one of [5, 5n, '5']) {
      const genesis = parseGenesis({
        chainId: one,
        timestamp: one,
        params: { feeFloor: one },
        allocations: { [ADDRESS]: one },
      });
      expect(genesis).toMatchObject({ chainId: 5n, timestamp: 5, params: { feeFloor: 5n } });
      expect(genesis.allocations).toEqual(new Map([[ADDRESS, 5n]]));
    }
  });

  it('writes addresses in one way', () => {
    const upper = `0x${'AB'.repeat(20)}`;
    expect([...parseGenesis({ ...WITH_ID, allocations: { [upper]: 1 } }).allocations.keys()]).toEqual([
      ADDRESS,
    ]);
    for (const amount of ['1.5 AI', '1500000000000000000', '15e17'])
      expect(parseGenesis({ ...WITH_ID, allocations: { [ADDRESS]: amount } }).allocations.get(ADDRESS)).toBe(
        15n * 10n ** 17n,
      );
  });

  const model = { id: 'm', checkClass: 'opaque', weightHash: '11'.repeat(32) };
  it('takes models with what they leave out', () => {
    const [parsed] = parseGenesis({ ...WITH_ID, models: [model] }).models;
    expect(parsed).toMatchObject({ id: 'm', name: 'm', checkClass: 0, deterministic: false, contextSize: 0 });
  });

  it.each<readonly [name: string, json: unknown]>([
    ['genesis', 5],
    ['genesis', null],
    ['genesis.nope', { nope: 1 }],
    ['genesis.attestation', { attestation: 5 }],
    ['genesis.version', { version: -1 }],
    ['genesis.version', { version: 2 ** 32 }],
    ['genesis.message', { message: 5 }],
    ['genesis.timestamp', { timestamp: 1.5 }],
    ['genesis.timestamp', { timestamp: 253_402_300_800 }],
    ['genesis.timestamp', { timestamp: '2024-01-01' }],
    ['genesis.chainId', { chainId: 2n ** 64n }],
    ['genesis.chainId', { chainId: -1 }],
    ['config.nope', { config: { nope: 1 } }],
    ['params.nope', { params: { nope: 1 } }],
    ['params', { params: [] }],
    ['allocations', { allocations: [] }],
    // The last digit of a checksummed address mistyped.
    [
      'allocations.0x70997970C51812dc3A010C7d01b50e0d17dc79C9',
      { allocations: { '0x70997970C51812dc3A010C7d01b50e0d17dc79C9': 1 } },
    ],
    ['allocations.0x12', { allocations: { '0x12': 1 } }],
    [`allocations.${ADDRESS.slice(2)}`, { allocations: { [ADDRESS.slice(2)]: 1 } }],
    [`allocations.${ADDRESS}`, { allocations: { [ADDRESS]: -1 } }],
    [`allocations.${ADDRESS}`, { allocations: { [ADDRESS]: '0.5' } }],
    [`allocations.${ADDRESS}`, { allocations: { [ADDRESS]: '1e39' } }],
    [`allocations.${ADDRESS}`, { allocations: { [ADDRESS]: 1e24 } }],
    [`allocations.0x${'AB'.repeat(20)}`, { allocations: { [ADDRESS]: 1, [`0x${'AB'.repeat(20)}`]: 1 } }],
    ['allocations', { allocations: { [ADDRESS]: 2n ** 127n - 1n, [`0x${'cd'.repeat(20)}`]: 1 } }],
    ['genesis.models', { models: {} }],
    ['genesis.models[1].nope', { models: [model, { ...model, nope: 1 }] }],
    ['genesis.models[0].id', { models: [{}] }],
    ['genesis.models[0].checkClass', { models: [{ id: 'm', checkClass: 'int9' }] }],
    ['genesis.models[0].deterministic', { models: [{ ...model, deterministic: 'yes' }] }],
    ['genesis.models[0].weights', { models: [{ ...model, weights: 'zz' }] }],
    ['genesis.models[0].weightHash', { models: [{ ...model, weightHash: '11' }] }],
    ['genesis.models[0].capabilities', { models: [{ ...model, capabilities: 'chat' }] }],
    ['genesis.models[0].capabilities[0]', { models: [{ ...model, capabilities: [1] }] }],
    ['genesis.models[0].contextSize', { models: [{ ...model, contextSize: -1 }] }],
  ])('refuses %s in %o', (name, json) => {
    const whole = typeof json === 'object' && json !== null ? { ...WITH_ID, ...json } : json;
    expect(() => parseGenesis(whole)).toThrow(`config_refused: ${name}: `);
  });
});

describe('parseParams', () => {
  it('takes the defaults for what is left out', () => {
    expect(parseParams({})).toEqual(DEFAULT_PARAMS);
    expect(parseParams({ development: true }).development).toBe(true);
  });

  it('has a bound for every parameter', () => {
    for (const name of Object.keys(DEFAULT_PARAMS)) {
      for (const value of [-1, 2n ** 128n, 'x', null, 1.5, {}]) {
        expect(() => parseParams({ [name]: value })).toThrow(`config_refused: params.${name}: expected `);
      }
    }
  });

  it('accepts its own defaults, number for number', () => {
    expect(
      parseParams(
        JSON.parse(
          JSON.stringify(DEFAULT_PARAMS, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
        ),
      ),
    ).toEqual(DEFAULT_PARAMS);
  });

  it.each([
    ['minBlockIntervalMs', 0],
    ['maxAttempts', 0],
    ['maxAttempts', 9],
    ['timerSlots', 0],
    ['heartbeatBlocks', 0],
    ['maxBlockBytes', 299_999],
    ['maxBlockWork', 9_999],
    ['feeBurnBasisPoints', 10_001],
    ['challengerShareBasisPoints', 5_001],
    ['maxInputBytes', 65_537],
  ])('refuses %s = %i', (name, value) => {
    expect(() => parseParams({ [name]: value })).toThrow(
      `config_refused: params.${name}: expected an integer`,
    );
  });
});

describe('the genesis hash', () => {
  const genesis = parseGenesis({ ...base, allocations: { [ADDRESS]: 5 } });
  const hashOf = (more: Partial<Genesis>): string => bytesToHex(hashGenesis({ ...genesis, ...more }));

  it('changes with every field', () => {
    const bump = (value: unknown): unknown => {
      if (typeof value === 'boolean') return !value;
      if (typeof value === 'bigint') return value + 1n;
      return typeof value === 'number' ? value + 1 : `${String(value)}0`;
    };
    const config = Object.entries(genesis.config).map(([name, value]) =>
      hashOf({ config: { ...genesis.config, [name]: bump(value) } }),
    );
    const params = Object.entries(genesis.params).map(([name, value]) =>
      hashOf({ params: { ...genesis.params, [name]: bump(value) } }),
    );
    const hashes = [
      hashOf({}),
      hashOf({ version: 2 }),
      hashOf({ message: 'hello.' }),
      hashOf({ timestamp: base.timestamp + 1 }),
      hashOf({ chainId: 1n }),
      hashOf({ allocations: new Map() }),
      hashOf({ allocations: new Map([[ADDRESS, 6n]]) }),
      hashOf({ models: genesis.models.slice(1) }),
      hashOf({ models: [...genesis.models].reverse() }),
      ...config,
      ...params,
    ];
    expect(config.length).toBe(15);
    expect(params.length).toBe(Object.keys(DEFAULT_PARAMS).length);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it('does not depend on the order of allocations', () => {
    const entries = [
      [ADDRESS, 1n],
      [`0x${'01'.repeat(20)}`, 2n],
    ] as const;
    expect(hashOf({ allocations: new Map(entries) })).toBe(
      hashOf({ allocations: new Map([...entries].reverse()) }),
    );
  });
});

describe('createGenesis', () => {
  it('makes a block that stands by itself, and a state that holds what genesis gave', () => {
    const somebody = person(9);
    const chain = new TestChain({}, [somebody]);
    expect(parseBlock(chain.tip.bytes)).toEqual(chain.tip);
    expect(chain.tip.header).toMatchObject({
      height: 0,
      parentId: EMPTY_STATE_ROOT,
      receiptCount: 0,
      chainId: DEFAULT_CHAIN_ID,
    });
    expect(chain.tip.header.stateRoot).toEqual(chain.state.root);
    expect(readAccount(chain.state, somebody.address).balance).toBe(BILLION);
    expect(readParams(chain.state)).toEqual({ config: DefaultConfig(), params: DEFAULT_PARAMS });
    expect(readChain(chain.state)).toMatchObject({ modelCount: 4, genesisSupply: BILLION, burned: 0n });
    const wdbc = readModel(chain.state, 'wdbc-int8');
    expect(wdbc).toMatchObject({ checkClass: 1, deterministic: true, genesis: true, deposit: 0n });
    expect(readWeights(chain.state, wdbc?.weightHash ?? new Uint8Array())).toMatchObject({ references: 1 });
    expect(chain.supply().balanced).toBe(true);
  });

  it.each<readonly [code: string, json: Record<string, unknown>]>([
    ['fee_policy_zero: params.feeFloor', { params: { feeFloor: 0 } }],
    ['config_refused: config.attestationTimeout', { config: { attestationTimeout: '55h' } }],
    ['config_refused: attestation.policy.allowsDebug', { attestation: { policy: { allowsDebug: true } } }],
    ['config_refused: params.defaultDeadlineBlocks', { params: { defaultDeadlineBlocks: 20_000 } }],
    ['config_refused: config.challengeWindowBlocks', { config: { challengeWindowBlocks: 99 } }],
    ['config_refused: params.unbondBlocks', { params: { unbondBlocks: 100 } }],
    // The challenge window, 100, and two rounds of the largest panel: 2 × (15 + 64 + 100) + 20 + 4 × 64.
    ['config_refused: params.unbondBlocks: 734', { params: { unbondBlocks: 734 } }],
    ['config_refused: models[0]: model id', { models: [{ id: 'a b', weightHash: '11'.repeat(32) }] }],
    ['config_refused: models[0]: weightHash', { models: [{ id: 'a' }] }],
    [
      'config_refused: models[0]: weights',
      { models: [{ id: 'a', checkClass: 'int8-kernel', weights: '00' }] },
    ],
    [
      'config_refused: models[1]: model "a" exists',
      {
        models: [
          { id: 'a', weightHash: '11'.repeat(32) },
          { id: 'a', weightHash: '11'.repeat(32) },
        ],
      },
    ],
    [
      'config_refused: genesis: ',
      { models: [{ id: 'a', name: 'x'.repeat(129), weightHash: '11'.repeat(32) }] },
    ],
  ])('refuses %s', (message, json) => {
    expect(() => createGenesis(parseGenesis({ ...WITH_ID, ...json }))).toThrow(message);
  });

  it('warns a development chain where it refuses others', () => {
    const json = { config: { challengeWindowBlocks: 2 }, params: { development: true, unbondBlocks: 1 } };
    const genesis = parseGenesis(json);
    expect(genesisWarnings(genesis)).toEqual([
      expect.stringContaining('config.challengeWindowBlocks'),
      expect.stringContaining('params.unbondBlocks'),
    ]);
    expect(createGenesis(genesis).block.header.height).toBe(0);
    expect(genesisWarnings(parseGenesis(WITH_ID))).toEqual([]);
  });
});
