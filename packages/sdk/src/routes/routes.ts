import { chainRoutes } from './chain-routes.ts';
import type { Route } from './define-route.ts';
import { seedRoutes } from './seed-routes.ts';

/** The contract: every route by its name. */
export const routes = { ...seedRoutes, ...chainRoutes } as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;

/** Where every route lives below a node's address. */
export const BASE_PATH = '/rpc';

/** All routes, seen without their types. */
export const listRoutes = (): readonly Route[] => Object.values(routes);
