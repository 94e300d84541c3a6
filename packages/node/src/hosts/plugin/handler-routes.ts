import { BASE_PATH, listRoutes } from '@aivm/sdk';

/**
 * The routes of a chain as its node is told them, which matches each of them whole: `/rpc`, `/rpc/stats` and so on. A part
 * that varies is written in braces, as routers of Go take it.
 */
export const handlerPrefixes = (): readonly string[] => [
  ...new Set([
    BASE_PATH,
    ...listRoutes().map(({ path }) => `${BASE_PATH}${path.replace(/:(\w+)/g, '{$1}')}`),
  ]),
];
