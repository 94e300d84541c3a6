import { listRoutes, stringifyJson } from '@aivm/sdk';
import type { NodeApi } from '../local/node-api.ts';

/** What answers at an address that is no route but a place to begin: which chain this is, and where everything is. */
export const signpost = (node: NodeApi, basePath: string): Response =>
  new Response(
    stringifyJson(
      {
        service: 'AIVM node',
        chain_id: node.chainId,
        height: node.lastAccepted().header.height,
        rpc: basePath,
        openapi: `${basePath}/openapi.json`,
        health: `${basePath}/health`,
        routes: [...new Set(listRoutes().map(({ method, path }) => `${method} ${basePath}${path}`))],
      },
      2,
    ),
    { headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } },
  );
