import type { Route, RouteAnswer, RouteValue } from '../routes/define-route.ts';
import { listRoutes, type RouteName, type Routes } from '../routes/routes.ts';
import type { CallInput } from './build-request.ts';
import type { CallOptions } from './client-options.ts';

/** Time that a request takes besides the waiting that it asks the node for. */
const REQUEST_MS = 10_000;

/** Routes without a derived method: the client has one of its own for them or what they carry, or they are for unsigned writes. */
const OTHER_ROUTES = [
  'getBlob',
  'getBlock',
  'getModels',
  'getProviders',
  'listTasks',
  'putBlob',
  'submitTransaction',
  'subscribeEvents',
  'claimRewards',
  'registerProvider',
  'submitResult',
  'submitTask',
  'takeSnapshot',
  'revertToSnapshot',
  'mineBlocks',
  'setTime',
  'setAutomine',
  'forwardTask',
  'impersonate',
] as const satisfies readonly RouteName[];

/** The routes whose client methods follow from the contract. */
export type DerivedName = Exclude<RouteName, (typeof OTHER_ROUTES)[number]>;

type MembersOf<N extends RouteName, K extends 'params' | 'query' | 'body'> =
  RouteValue<Routes[N], K> extends infer V extends object ? V : Record<never, never>;

/** The member that the method takes by itself: what the route names, or the parameter of its path. */
type ArgumentOf<N extends RouteName> = Routes[N] extends { readonly argument: infer A extends string }
  ? A
  : keyof MembersOf<N, 'params'>;

type ArgumentValueOf<N extends RouteName> = (MembersOf<N, 'params'> &
  MembersOf<N, 'query'> &
  MembersOf<N, 'body'>)[ArgumentOf<N> &
  keyof (MembersOf<N, 'params'> & MembersOf<N, 'query'> & MembersOf<N, 'body'>)];

type QueryOf<N extends RouteName> = Omit<MembersOf<N, 'query'>, ArgumentOf<N>>;

/** The method of a route: its argument where it has one, its query where it takes one, the options. */
export type RouteMethod<N extends RouteName> = (
  ...args: [
    ...([ArgumentOf<N>] extends [never] ? [] : [argument: ArgumentValueOf<N>]),
    ...([keyof QueryOf<N>] extends [never] ? [] : [query?: QueryOf<N>]),
    options?: CallOptions,
  ]
) => Promise<RouteAnswer<Routes[N]>>;

/** A method for every route of the contract that needs none of its own. */
export type RouteMethods = { readonly [N in DerivedName]: RouteMethod<N> };

/** The parameters that a path names. */
const pathParameters = ({ params }: Route): readonly string[] => Object.keys(params?.shape ?? {});

/** Sends one call of a route. */
type CallRoute = (route: Route, input: CallInput, options?: CallOptions) => Promise<unknown>;

function createMethod(call: CallRoute, route: Route): (...args: readonly unknown[]) => Promise<unknown> {
  const [parameter] = pathParameters(route);
  const argument = route.argument ?? parameter;
  const queryNames = Object.keys(route.query?.shape ?? {});
  const takesQuery = queryNames.some((name) => name !== argument);
  return (...args) => {
    const rest = [...args];
    const named = argument === undefined ? {} : { [argument]: rest.shift() };
    const query = takesQuery ? ((rest.shift() ?? {}) as Readonly<Record<string, unknown>>) : {};
    const options = rest.shift() as CallOptions | undefined;
    const isInQuery = argument !== undefined && queryNames.includes(argument);
    const input = {
      params: parameter === undefined ? undefined : named,
      query: isInQuery ? { ...query, ...named } : query,
      body: parameter === undefined && !isInQuery ? named : undefined,
    };
    const { wait } = query;
    return call(
      route,
      input,
      typeof wait === 'number' ? { timeoutMs: wait + REQUEST_MS, ...options } : options,
    );
  };
}

/** The derived methods of a client. */
export function createRouteMethods(call: CallRoute): RouteMethods {
  const others: readonly string[] = OTHER_ROUTES;
  const derived = listRoutes().filter(({ name }) => !others.includes(name));
  return Object.fromEntries(derived.map((route) => [route.name, createMethod(call, route)])) as RouteMethods;
}
