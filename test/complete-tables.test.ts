import { OPERATIONS } from '@aivm/core/tx';
import { routes } from '@aivm/sdk';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../packages/cli/src/command-table.ts';
import { HANDLERS } from '../packages/core/src/execute/operations/handlers.ts';
import { handlers } from '../packages/node/src/http/handlers.ts';

/**
 * What a table lacks must not compile. Each @ts-expect-error is itself an error, in `npm run typecheck`, once the line below
 * it compiles.
 */
describe('a table', () => {
  it('of operations needs a handler for each', () => {
    const { heartbeat: _, ...others } = HANDLERS;
    // @ts-expect-error an operation without a handler
    const incomplete: typeof HANDLERS = others;
    expect(Object.keys(incomplete)).toHaveLength(Object.keys(OPERATIONS).length - 1);
    expect(Object.keys(HANDLERS).sort()).toEqual(Object.keys(OPERATIONS).sort());
  });

  it('of routes needs a handler for each', () => {
    const { getStats: _, ...others } = handlers;
    // @ts-expect-error a route without a handler
    const incomplete: typeof handlers = others;
    expect(Object.keys(incomplete)).toHaveLength(Object.keys(handlers).length - 1);
    expect(Object.keys(handlers).filter((name) => !Object.hasOwn(routes, name))).toEqual([]);
  });

  it('of commands names each once', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
