import * as z from 'zod';
import {
  automineSchema,
  developmentSchema,
  forwardSchema,
  impersonationAnswerSchema,
  impersonationSchema,
  mineSchema,
  revertSchema,
  snapshotAnswerSchema,
  timeSchema,
} from '../schemas/development.ts';
import { getRoute, unsignedWriteRoute } from './define-route.ts';

/** Routes that only a development chain has; elsewhere they answer `not_supported`. */
export const developmentRoutes = {
  getDevelopment: getRoute({
    name: 'getDevelopment',
    path: '/dev',
    summary:
      'Where a development chain stands: its time, whether blocks are made by themselves, its snapshots.',
    response: developmentSchema,
    errors: ['not_supported'],
  }),
  takeSnapshot: unsignedWriteRoute({
    name: 'takeSnapshot',
    path: '/dev/snapshot',
    summary: 'Remembers the chain as it is, until the node stops.',
    body: z.strictObject({}),
    response: snapshotAnswerSchema,
    errors: ['not_supported'],
  }),
  revertToSnapshot: unsignedWriteRoute({
    name: 'revertToSnapshot',
    path: '/dev/revert',
    summary:
      'Goes back to a snapshot: blocks since are gone, and so are it, later ones, and what waits in the pool.',
    body: revertSchema,
    response: developmentSchema,
    errors: ['not_supported', 'not_found'],
  }),
  mineBlocks: unsignedWriteRoute({
    name: 'mineBlocks',
    path: '/dev/mine',
    summary: 'Makes blocks at once, also empty ones; with `seconds` the time goes on from one to the next.',
    body: mineSchema,
    response: developmentSchema,
    errors: ['not_supported'],
  }),
  setTime: unsignedWriteRoute({
    name: 'setTime',
    path: '/dev/time',
    summary:
      'Sets the time of the next block, or adds `seconds` to it; from there it goes on with the clock.',
    body: timeSchema,
    response: developmentSchema,
    errors: ['not_supported', 'out_of_range'],
  }),
  setAutomine: unsignedWriteRoute({
    name: 'setAutomine',
    path: '/dev/automine',
    summary: 'Whether blocks are made by themselves; off, only `/dev/mine` and `/dev/forward` make them.',
    body: automineSchema,
    response: developmentSchema,
    errors: ['not_supported'],
  }),
  forwardTask: unsignedWriteRoute({
    name: 'forwardTask',
    path: '/dev/forward',
    summary: 'Makes blocks until the window of a posted result is over, or the deadline of an open task.',
    body: forwardSchema,
    response: developmentSchema,
    errors: ['not_supported', 'task_not_found', 'wrong_state'],
  }),
  impersonate: unsignedWriteRoute({
    name: 'impersonate',
    path: '/dev/impersonate',
    summary: 'Carries an operation as if an account had signed it, whoever has its key, in a block at once.',
    body: impersonationSchema,
    response: impersonationAnswerSchema,
    errors: ['not_supported'],
  }),
} as const;
