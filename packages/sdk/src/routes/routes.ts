import type { z } from 'zod';
import { encodeJson } from '../schemas/decode.ts';
import { chainRoutes } from './chain-routes.ts';
import type { Route, RouteAnswer } from './define-route.ts';
import { developmentRoutes } from './development-routes.ts';
import { goRoutes } from './go-routes.ts';
import { networkRoutes } from './network-routes.ts';
import { syncRoutes } from './sync-routes.ts';

/** The contract: every route by its name. */
export const routes = {
  ...goRoutes,
  ...chainRoutes,
  ...networkRoutes,
  ...syncRoutes,
  ...developmentRoutes,
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** Where every route lives below a node's address. */
export const BASE_PATH = '/rpc';

/**
 * Whether a route is of the Go service, whose clients may send members that this chain does not know.
 * @example [isGoRoute('getStats'), isGoRoute('getBlock')] // [true, false]
 */
export const isGoRoute = (name: string): boolean => Object.hasOwn(goRoutes, name);

/**
 * All routes, seen without their types.
 * @example listRoutes().filter(({ path }) => path === '/health').map(({ name }) => name) // ['getHealth']
 */
export const listRoutes = (): readonly Route[] => Object.values(routes);

/**
 * The JSON of a route's answer, as the server writes it, for `stringifyJson`.
 * @example stringifyJson(answerToJson('getTask', await client.getTask('t-1')))
 */
export const answerToJson = <N extends RouteName>(name: N, answer: RouteAnswer<Routes[N]>): unknown =>
  encodeJson(routes[name].response as z.ZodType, answer, `${name} answer`);
