import { spawnSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createNetwork, TASK_INPUT } from '@aivm/core/network';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { GraphBuilder, spec } from '../../../core/test/network/support/graph-builder.ts';
import { chooseNetworkEngine } from '../../src/index.ts';
import { NativeCall } from '../../src/network/native-call.ts';
import { createNativeEngine } from '../../src/network/native-engine.ts';
import { findNetworkLibrary, type NativeNetworkLibrary } from '../../src/network/native-library.ts';
import { COMPILING, createWorkDirectory, missingTool } from '../plugin/compile.ts';
import { testEngine } from './support/engine-suite.ts';

vi.setConfig(COMPILING);

const scripts = fileURLToPath(new URL('../../scripts', import.meta.url));

/** Runs one of the scripts to its end. */
function play(script: string, ...parameters: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(scripts, script), ...parameters], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

describe.skipIf(missingTool)(`networks in C (${missingTool ?? 'compiled here'})`, () => {
  const work = createWorkDirectory();
  const built = join(work.path, 'network/libaivm_network.so');
  beforeAll(() => {
    play('build-native.mjs', '--only', 'network', '--out', work.path);
  });
  afterAll(() => work.remove());

  const refusals: string[] = [];
  const opened = new Map<string, NativeNetworkLibrary>();

  /** The library as it is on a processor of this name: a copy, for each is opened once. */
  function openFor(processor: string): NativeNetworkLibrary {
    const known = opened.get(processor);
    if (known !== undefined) return known;
    const path = join(work.path, `libaivm_network.${processor}.so`);
    copyFileSync(built, path);
    process.env.AIVM_NETWORK_CPU = processor;
    const library = findNetworkLibrary({ AIVM_NETWORK_LIBRARY: path });
    delete process.env.AIVM_NETWORK_CPU;
    if ('reason' in library) throw new Error(library.reason);
    opened.set(processor, library);
    return library;
  }
  const engineFor = (processor: string) =>
    createNativeEngine(openFor(processor), (message) => refusals.push(message));

  testEngine('C on this processor', () => engineFor('any'));
  testEngine('C on any processor', () => engineFor('portable'));

  it('refused nothing of all that', () => {
    expect(openFor('portable').processor).toBe('portable');
    expect(refusals).toEqual([]);
  });

  it('agrees on every engine about random calls, under sanitizers', () => {
    expect(play('fuzz-network.mjs', '1500', '99')).toContain('1500 calls on');
  });

  it('is chosen where it is built, by name, or not at all', () => {
    const environment = { AIVM_NETWORK_LIBRARY: built };
    expect(chooseNetworkEngine({ environment })).toMatchObject({
      engine: { name: expect.stringMatching(/^native \((vnni|avx2|portable)\)$/) },
      reason: expect.stringContaining(built),
      isFaulty: false,
    });
    const wasm = chooseNetworkEngine({ environment: { ...environment, AIVM_NETWORK_ENGINE: 'wasm' } });
    expect(wasm).toMatchObject({ engine: { name: 'wasm' }, reason: 'wasm: it was chosen' });
    expect(chooseNetworkEngine({ environment, name: 'reference' }).engine.name).toBe('reference');
    expect(() => chooseNetworkEngine({ environment: { AIVM_NETWORK_ENGINE: 'gpu' } })).toThrow(
      'AIVM_NETWORK_ENGINE: expected auto, native, wasm, reference, got gpu',
    );
  });

  it('gives way to WebAssembly where the library is missing or broken', () => {
    const missing = join(work.path, 'nowhere.so');
    expect(chooseNetworkEngine({ environment: { AIVM_NETWORK_LIBRARY: missing } })).toMatchObject({
      engine: { name: 'wasm' },
      reason: `wasm: ${missing}: no such file`,
    });
    expect(() =>
      chooseNetworkEngine({ environment: { AIVM_NETWORK_LIBRARY: missing }, name: 'native' }),
    ).toThrow('no such file');
    const broken = join(work.path, 'broken.so');
    writeFileSync(broken, 'no library');
    expect(chooseNetworkEngine({ environment: { AIVM_NETWORK_LIBRARY: broken } })).toMatchObject({
      engine: { name: 'wasm' },
      isFaulty: true,
    });
  });

  it('gives way where it computes wrongly', () => {
    const path = join(work.path, 'wrong.so');
    const source = join(work.path, 'wrong.c');
    writeFileSync(
      source,
      `int aivm_network_version(void) { return 1; }
       const char *aivm_network_engine_name(void) { return "wrong"; }
       int aivm_network_run(void) { return 0; }
       int aivm_network_pack(void) { return 0; }`,
    );
    spawnSync(process.env.CC || 'cc', ['-shared', '-fPIC', source, '-o', path]);
    expect(chooseNetworkEngine({ environment: { AIVM_NETWORK_LIBRARY: path } })).toMatchObject({
      engine: { name: 'wasm' },
      reason: `wasm: ${path}: it gives a wrong dense of i8 on this processor (wrong)`,
      isFaulty: true,
    });
  });

  it('computes what the library refuses by the reference, and says so once', async () => {
    const reports: string[] = [];
    const library = { ...openFor('any'), run: (() => 3) as unknown as NativeNetworkLibrary['run'] };
    const engine = createNativeEngine(library, (message) => reports.push(message));
    const graph = new GraphBuilder({ form: 'map', input: spec('i8', 4) });
    const attributes = { za: 0, ma: 1, sa: 0, zb: 0, mb: 1, sb: 0, zy: 0 };
    for (const input of [TASK_INPUT, 0])
      graph.append('add', { inputs: [input, input], output: spec('i8', 4), attributes });
    const network = createNetwork(graph.header, { T: 1, N: 0 });
    const input = { bytes: Uint8Array.of(1, 2, 100, 255), tokens: new Uint32Array(0) };
    const { output } = await engine.load(graph.header, new Uint8Array(0)).pass({ network, input });
    expect([...new Int8Array(output)]).toEqual([4, 8, 127, -4]);
    expect(reports).toEqual(['the native library refused add with status 3; the reference computes it']);
  });

  it('refuses a call whose buffers are shorter than its shapes', () => {
    const shape = { type: 'i8', dims: [64], count: 64 } as const;
    const node = { attributes: {}, inputs: [shape], output: shape };
    const call = new NativeCall(openFor('any').run);
    const memory = { inputs: [new Int8Array(64)], tokens: new Uint32Array(0) };
    const output = new Int8Array(64).fill(9);
    const table = new Uint8Array(256);
    expect(call.run('lut8', node, { ...memory, output, blob: table.subarray(1) }, undefined)).toBe(2);
    expect(call.run('lut8', node, { ...memory, output: output.subarray(1), blob: table }, undefined)).toBe(2);
    expect([...output]).toEqual(Array(64).fill(9));
    expect(call.run('lut8', node, { ...memory, output, blob: table }, undefined)).toBe(0);
    expect([...output]).toEqual(Array(64).fill(0));
  });
});
