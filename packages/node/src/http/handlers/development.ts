import { AivmError } from '@aivm/core/errors';
import type { DevelopmentControls } from '../development-controls.ts';
import type { HandlerContext, SomeHandlers } from '../handler.ts';

function controlsOf({ development }: HandlerContext): DevelopmentControls {
  if (development !== undefined) return development;
  throw new AivmError(
    'not_supported',
    'only a development chain has /dev: aivm devnet, on a genesis with params.development',
  );
}

/** Time and blocks of a development chain in its user's hands. */
export const developmentHandlers = {
  getDevelopment: (_, context) => controlsOf(context).state(),
  takeSnapshot: (_, context) => controlsOf(context).takeSnapshot(),
  revertToSnapshot: async ({ body }, context) => {
    const controls = controlsOf(context);
    await controls.revert(body.snapshot);
    return controls.state();
  },
  mineBlocks: async ({ body, signal }, context) => {
    const controls = controlsOf(context);
    await controls.mine(body.blocks ?? 1, body.seconds ?? 0, signal);
    return controls.state();
  },
  setTime: ({ body }, context) => {
    const controls = controlsOf(context);
    controls.setTime(body);
    return controls.state();
  },
  setAutomine: ({ body }, context) => {
    const controls = controlsOf(context);
    controls.setAutomine(body.enabled);
    return controls.state();
  },
  forwardTask: async ({ body, signal }, context) => {
    const controls = controlsOf(context);
    await controls.forward(body.task, signal);
    return controls.state();
  },
  impersonate: ({ body }, context) => controlsOf(context).impersonate(body.from, body.operation),
} satisfies SomeHandlers;
