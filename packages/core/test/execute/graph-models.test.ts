import {
  NETWORK_FORMS,
  type NetworkRecord,
  readGame,
  readModel,
  readNetwork,
  readNetworkHeader,
  readProvider,
  readTrial,
} from '@aivm/core/state';
import { describe, expect, it } from 'vitest';
import { evaluatePolynomial } from '../../src/network/index.ts';
import {
  chainWithGraph,
  everybody,
  FEE,
  GRAPH_GENESIS,
  holders,
  holdModel,
  inputBytes,
  owner,
  randomModel,
  registerGraph,
  requester,
  submitGraph,
} from './graph-scenario.ts';
import { BOND, registerProvider, taskOf } from './scenario.ts';
import { TestChain } from './test-chain.ts';

const decoder = randomModel(3, 'decoder');
const map = randomModel(5, 'map');
const encoder = randomModel(7, 'encoder');
const balanceOf = (chain: TestChain): bigint => chain.supply().deposits;

describe('the registration of a network', () => {
  it('keeps its header and what operations ask of it, and deposits its bytes', () => {
    for (const { model } of [decoder, map, encoder]) {
      const chain = new TestChain(GRAPH_GENESIS, everybody);
      const operation = registerGraph('net', model);
      chain.must(owner, operation);
      const { modelRoot, weightHash, deposit } = readModel(chain.state, 'net')!;
      expect(weightHash).toEqual(model.tree.root);
      expect(deposit).toBe(10n ** 15n + BigInt(model.header.blobBytes) * 1_000_000n);
      expect(balanceOf(chain)).toBe(deposit);
      expect(readNetworkHeader(chain.state, modelRoot)).toEqual(operation.header);
      const { form, maxT, vocabulary, maxNew, blobBytes, endTokens } = model.header;
      const record: NetworkRecord = readNetwork(chain.state, modelRoot)!;
      expect(record).toMatchObject({
        ...{ maxT, vocabulary, maxNew, blobBytes, endTokens },
        form: NETWORK_FORMS.indexOf(form),
      });
      const size = { T: maxT, N: form === 'decoder' ? maxNew : 0 };
      expect(evaluatePolynomial(record.work, size)).toBe(record.maxWork);
    }
  });

  it('gives another owner another root', () => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    chain.must(owner, registerGraph('net', map.model));
    expect(chain.apply(owner, registerGraph('again', map.model))).toBe('id_taken');
    chain.must(requester, registerGraph('other', map.model));
  });

  it.each<[string, string, Parameters<typeof registerGraph>[2]]>([
    ['weights', 'malformed', { weights: Uint8Array.of(1) }],
    ['no weight hash', 'malformed', { weightHash: new Uint8Array(32) }],
    ['a model that is not deterministic', 'malformed', { deterministic: false }],
    ['no header', 'malformed', { header: new Uint8Array() }],
    ['a byte too many', 'malformed', { header: Uint8Array.of(...registerGraph('x', map.model).header, 0) }],
    ['another version', 'model_refused', { header: registerGraph('x', map.model).header.with(0, 2) }],
  ])('with %s is refused: %s', (_name, code, more) => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    expect(chain.apply(owner, registerGraph('net', map.model, more))).toBe(code);
  });

  it('is refused where a dispute would outlast a bond, or the largest fee would not pay', () => {
    const short = { ...GRAPH_GENESIS, params: { ...GRAPH_GENESIS.params, unbondBlocks: 500 } };
    const chain = new TestChain(short, everybody);
    expect(chain.apply(owner, registerGraph('net', map.model))).toBe('model_too_dear');
    expect(chain.last.details[0]).toMatch(/a dispute takes up to \d+ blocks/);
    const dear = { ...GRAPH_GENESIS, params: { ...GRAPH_GENESIS.params, workUnitPrice: 10 ** 13 } };
    const other = new TestChain(dear, everybody);
    expect(other.apply(owner, registerGraph('net', map.model))).toBe('model_too_dear');
    expect(other.last.details[0]).toMatch(/the largest fee is/);
  });
});

describe('a task of a network', () => {
  it('is refused where fewer than three operators beside owner and requester hold the blob', () => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    chain.must(owner, registerGraph('net', map.model));
    const task = submitGraph('t', map.input.bytes);
    expect(chain.apply(requester, task)).toBe('not_servable');
    for (const [by, id] of [
      [owner, 'p-owner'],
      [requester, 'p-requester'],
      [holders[0]!, 'p0'],
      [holders[1]!, 'p1'],
      [holders[1]!, 'p1-again'],
    ] as const) {
      chain.must(by, registerProvider(by, id));
      chain.must(by, holdModel(chain, id, 'net', map.model));
      expect(chain.apply(requester, task)).toBe('not_servable');
    }
    chain.must(holders[2]!, registerProvider(holders[2]!, 'p2'));
    chain.must(holders[2]!, holdModel(chain, 'p2', 'net', map.model));
    chain.must(requester, task);
    // One that leaves holds nothing any more, nor does one that says so.
    chain.must(holders[0]!, { kind: 'beginUnbond', id: 'p0' });
    expect(readProvider(chain.state, 'p0')?.holds).toEqual([]);
    expect(chain.apply(requester, submitGraph('u', map.input.bytes))).toBe('not_servable');
    chain.must(holders[1]!, { kind: 'dropModel', provider: 'p1', weightHash: map.model.tree.root });
    expect(
      chain.apply(holders[1]!, { kind: 'dropModel', provider: 'p1', weightHash: map.model.tree.root }),
    ).toBe('wrong_state');
  });

  it('is one that a provider agreed to: holding a blob for one network is nothing for another over the same hash', () => {
    const chain = chainWithGraph(map.model);
    const other = randomModel(9, 'map');
    const weightHash = map.model.tree.root;
    expect(other.model.header.blobBytes).not.toBe(map.model.header.blobBytes);
    chain.must(requester, registerGraph('other', other.model, { weightHash }));
    const task = submitGraph('t', other.input.bytes, { model: 'other' });
    expect(chain.apply(owner, task)).toBe('not_servable');
    // The blob is not as long as the other header says, so that nobody can open a leaf of it for that network.
    expect(chain.apply(holders[0]!, holdModel(chain, 'p0', 'other', map.model))).toBe('malformed');
    chain.must(requester, registerGraph('same', map.model));
    expect(chain.apply(owner, submitGraph('t', map.input.bytes, { model: 'same' }))).toBe('not_servable');
    // An update to a hash that others hold takes nobody along either.
    const updated = {
      kind: 'updateModelWeights',
      id: 'other',
      weights: new Uint8Array(),
      weightHash,
    } as const;
    chain.must(requester, updated);
    expect(chain.apply(owner, task)).toBe('not_servable');
    // Who holds a blob for two networks drops both.
    chain.must(holders[0]!, holdModel(chain, 'p0', 'same', map.model));
    expect(readProvider(chain.state, 'p0')?.holds).toHaveLength(2);
    expect(chain.apply(holders[0]!, holdModel(chain, 'p0', 'same', map.model))).toBe('duplicate');
    chain.must(holders[0]!, { kind: 'dropModel', provider: 'p0', weightHash });
    expect(readProvider(chain.state, 'p0')?.holds).toEqual([]);
  });

  it('is drawn for holders alone', () => {
    const chain = chainWithGraph(map.model);
    chain.must(owner, registerProvider(owner, 'all'));
    chain.must(requester, registerProvider(requester, 'named', { models: ['net'] }));
    for (let i = 0; i < 12; i++) {
      chain.must(requester, submitGraph(`t${i}`, map.input.bytes));
      for (let blocks = 0; taskOf(chain, `t${i}`).assignedTo === '' && blocks < 10; blocks++) chain.mine();
      expect(taskOf(chain, `t${i}`).assignedTo).toMatch(/^p[0-3]$/);
      while (taskOf(chain, `t${i}`).status === 1) chain.mine();
    }
  });

  it('pays at least for the longest answer, and asks no more tokens than fit', () => {
    const { header } = decoder.model;
    const prompt = Math.max(1, header.maxT - header.maxNew);
    const input = inputBytes(header, { bytes: new Uint8Array(), tokens: new Uint32Array(prompt) }, prompt);
    const chain = chainWithGraph(decoder.model);
    const record = readNetwork(chain.state, readModel(chain.state, 'net')!.modelRoot)!;
    const maxNew = Math.min(header.maxNew, header.maxT - prompt + 1);
    const maxWork = evaluatePolynomial(record.work, { T: prompt + maxNew - 1, N: maxNew });
    chain.must(requester, submitGraph('t', input, { fee: FEE }));
    expect(taskOf(chain, 't')).toMatchObject({ maxNew, maxWork, work: 0n });
    const dear = { ...GRAPH_GENESIS, params: { ...GRAPH_GENESIS.params, workUnitPrice: 1_000 } };
    const priced = chainWithGraph(decoder.model, dear);
    const fee = maxWork * 1_000n;
    expect(priced.apply(requester, submitGraph('t', input, { fee: fee - 1n }))).toBe('fee_too_low');
    priced.must(requester, submitGraph('t', input, { fee }));
  });

  it.each<[string, Uint8Array]>([
    ['no token', new Uint8Array()],
    ['a part of a token', new Uint8Array(6)],
    ['a token beyond the vocabulary', Uint8Array.of(255, 255, 0, 0)],
    ['more tokens than rows', new Uint8Array(4 * 13)],
  ])('with %s is refused', (_name, input) => {
    const chain = chainWithGraph(decoder.model);
    expect(chain.apply(requester, submitGraph('t', input))).toBe('invalid_input');
  });

  it('of a map takes its exact bytes; no network takes a panel', () => {
    const chain = chainWithGraph(map.model);
    const { bytes } = map.input;
    expect(chain.apply(requester, submitGraph('t', bytes.slice(1)))).toBe('invalid_input');
    expect(chain.apply(requester, submitGraph('t', bytes, { mode: 1 }))).toBe('not_supported');
    chain.must(requester, submitGraph('t', bytes));
    expect(readTrial(chain.state, 't')).toBeUndefined();
    expect(readGame(chain.state, 't', 0)).toBeUndefined();
  });
});

describe('to hold a blob', () => {
  it.each<[string, string, (operation: ReturnType<typeof holdModel>) => object]>([
    ['another leaf', 'malformed', ({ leaf }) => ({ leaf: leaf.map((byte) => byte ^ 1) })],
    ['a short leaf', 'malformed', ({ leaf }) => ({ leaf: leaf.slice(1) })],
    [
      'a hash too many',
      'malformed',
      ({ siblings }) => ({ siblings: Uint8Array.of(...siblings, ...new Uint8Array(32)) }),
    ],
    ['a block to come', 'too_late', ({ nonceHeight }) => ({ nonceHeight: nonceHeight + 1 })],
    ['other weights', 'wrong_state', () => ({ weightHash: new Uint8Array(32).fill(1) })],
    ['a model of another class', 'not_supported', () => ({ model: 'wdbc-int8' })],
    ['a model that is not there', 'unknown_model', () => ({ model: 'nothing' })],
  ])('with %s is refused: %s', (_name, code, change) => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    chain.must(owner, registerGraph('net', map.model));
    chain.must(holders[0]!, registerProvider(holders[0]!, 'p0', { bond: BOND }));
    const operation = holdModel(chain, 'p0', 'net', map.model);
    expect(chain.apply(holders[0]!, { ...operation, ...change(operation) })).toBe(code);
  });

  it('takes an opening of one of the last 64 blocks, once', () => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    chain.must(owner, registerGraph('net', map.model));
    chain.must(holders[0]!, registerProvider(holders[0]!, 'p0'));
    const operation = holdModel(chain, 'p0', 'net', map.model);
    chain.mineUntil(operation.nonceHeight + 63);
    expect(chain.build([chain.sign(holders[0]!, operation)]).result.outcomes[0]?.code).toBe('');
    chain.mine();
    expect(chain.apply(holders[0]!, operation)).toBe('too_late');
    chain.must(holders[0]!, holdModel(chain, 'p0', 'net', map.model));
    expect(chain.apply(holders[0]!, holdModel(chain, 'p0', 'net', map.model))).toBe('duplicate');
  });

  it('is of no use to another provider: each opens a leaf of its own', () => {
    const chain = new TestChain(GRAPH_GENESIS, everybody);
    const wide = randomModel(11, 'decoder', 12);
    chain.must(owner, registerGraph('net', wide.model));
    for (const i of [0, 1, 2, 3]) chain.must(holders[i]!, registerProvider(holders[i]!, `p${i}`));
    // A small blob has few leaves, so that two providers may have one in common in one block, but not in each.
    const codes = Array.from({ length: 8 }, () => {
      chain.mine();
      const first = holdModel(chain, 'p0', 'net', wide.model);
      return [1, 2, 3].map(
        (i) =>
          chain.build([chain.sign(holders[i]!, { ...first, provider: `p${i}` })]).result.outcomes[0]?.code,
      );
    });
    expect(codes.flat()).toContain('malformed');
  });
});
