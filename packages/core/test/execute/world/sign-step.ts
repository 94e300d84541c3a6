import type { Transaction } from '@aivm/core/tx';
import type { TestChain } from '../test-chain.ts';
import { takeCensus } from './census.ts';
import { operationsOf, type Step } from './commands.ts';

/**
 * The first blocks of a history. All providers that can be drawn are registered from the start, and so are a model that
 * committees judge, the references that GPUs are held against, and an attested provider.
 */
export const OPENING: readonly Step[] = [
  { seconds: 1, commands: [{ kind: 'model', pick: 2 }] },
  { seconds: 1, commands: [10, 16, 22, 28, 4].map((pick) => ({ kind: 'register' as const, pick })) },
  {
    seconds: 1,
    commands: [
      { kind: 'document', pick: 4 },
      { kind: 'document', pick: 11 },
      { kind: 'attest', pick: 61 },
    ],
  },
];

/**
 * The transactions that a step stands for, each sender's in nonce order.
 * @param serial number of the step's first command: task ids are made of it
 */
export function signStep(chain: TestChain, { commands }: Step, serial: number): Transaction[] {
  if (commands.length === 0) return [];
  const census = takeCensus(chain.entries());
  const offsets = new Map<string, bigint>();
  return commands.flatMap((command, i) =>
    operationsOf(chain, census, command, serial + i).map(([by, operation]) => {
      const sender = by.address.join();
      const offset = offsets.get(sender) ?? 0n;
      offsets.set(sender, offset + 1n);
      return chain.sign(by, operation, offset);
    }),
  );
}
