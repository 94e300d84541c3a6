import { chooseNetworkEngine, type NetworkEngine } from '@aivm/backends';
import { type Machine, thisMachine } from './measure.ts';
import { benchDecidingMove, type DecidingMoveRow } from './networks/deciding-move.ts';
import { benchDecoder, type DecoderRow } from './networks/decoder.ts';
import { benchProducts, openOrt, type ProductRow } from './networks/products.ts';

export interface NetworksReport {
  readonly machine: Machine;
  readonly decidingMoves: readonly DecidingMoveRow[];
  readonly products: readonly ProductRow[];
  readonly decoder: readonly DecoderRow[];
  /** What was left out, and why. */
  readonly leftOut: readonly string[];
}

export interface BenchNetworksParameters {
  readonly smoke: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Of a decoder; undefined leaves it out. */
  readonly model: string | undefined;
  readonly onNote: (line: string) => void;
}

/** What a dispute about networks costs, what engines multiply beside onnxruntime, and what a decoder takes. */
export async function benchNetworks(parameters: BenchNetworksParameters): Promise<NetworksReport> {
  const { smoke, environment, model, onNote } = parameters;
  const leftOut: string[] = [];
  const leave = (what: string): void => {
    leftOut.push(what);
    onNote(what);
  };
  const engines = openEngines(environment, leave);
  const rounds = smoke ? { rounds: 1, seconds: 0.01 } : { rounds: 5, seconds: 0.1 };
  const decidingMoves = await benchDecidingMove({ smoke, rounds }, ({ macs, milliseconds }) =>
    onNote(`deciding move of ${macs.toExponential(1)} multiply–adds: ${milliseconds.toFixed(2)} ms`),
  );
  const ort = openOrt(environment.AIVM_ONNXRUNTIME);
  if (ort === undefined)
    leave('onnxruntime: left out; AIVM_ONNXRUNTIME names a directory with onnxruntime-node');
  const products = await benchProducts({ engines, ort, smoke, rounds }, ({ subject, macsPerSecond }) =>
    onNote(`${subject}: ${(macsPerSecond / 1e9).toFixed(2)} × 10^9 multiply–adds a second`),
  );
  if (model === undefined) leave('decoder: left out; --model names its directory');
  const decoder =
    model === undefined
      ? []
      : await benchDecoder({ engines, directory: model, smoke }, ({ engine, tokensPerSecond }) =>
          onNote(`${engine}: ${tokensPerSecond.toFixed(0)} tokens a second`),
        );
  return { machine: thisMachine(), decidingMoves, products, decoder, leftOut };
}

/** Every engine that runs here, fastest first. */
function openEngines(
  environment: BenchNetworksParameters['environment'],
  leave: (what: string) => void,
): readonly NetworkEngine[] {
  return (['native', 'wasm', 'reference'] as const).flatMap((name) => {
    try {
      return [chooseNetworkEngine({ environment, name }).engine];
    } catch (error) {
      leave(`${name}: left out: ${(error as Error).message}`);
      return [];
    }
  });
}
