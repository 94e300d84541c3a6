import { AivmError, ERROR_CODES, type ErrorCode } from '@aivm/core/errors';
import * as z from 'zod';
import type { Route } from '../routes/define-route.ts';
import { BASE_PATH, listRoutes } from '../routes/routes.ts';
import { type JsonSchema, publishedSchemaOf } from '../schemas/wire.ts';
import { namedSchemas } from './named-schemas.ts';

/** Codes that any route may answer. */
const ANY_ROUTE: readonly ErrorCode[] = [
  'malformed',
  'out_of_range',
  'method_not_allowed',
  'rate_limited',
  'internal',
  'not_initialized',
];
const WITH_BODY: readonly ErrorCode[] = ['too_large', 'unsupported_media_type'];

const refOf = (id: string): string => `#/components/schemas/${id}`;

function publish({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const published = publishedSchemaOf(zodSchema);
  if (published === undefined) return;
  for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
  Object.assign(jsonSchema, published);
}

/** JSON Schemas by id, with references between those that have one. Ids are `<route>.body` and so on, or a type's name. */
function schemasById(routes: readonly Route[]): Map<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(namedSchemas)) registry.add(schema, { id });
  const isNamed = new Set<z.ZodType>(Object.values(namedSchemas));
  const add = (schema: z.ZodType | undefined, id: string): void => {
    if (schema !== undefined && !isNamed.has(schema)) registry.add(schema, { id });
  };
  for (const route of routes) {
    add(route.body, `${route.name}.body`);
    add(route.params, `${route.name}.params`);
    add(route.query, `${route.name}.query`);
    if (route.response._zod.def.type === 'object') add(route.response, `${route.name}.response`);
  }
  const { schemas } = z.toJSONSchema(registry, {
    uri: refOf,
    io: 'input',
    unrepresentable: 'any',
    override: publish,
  });
  return new Map(Object.entries(schemas).map(([id, { $schema, $id, ...schema }]) => [id, schema]));
}

function schemaOf(schema: z.ZodType, byId: ReadonlyMap<string, JsonSchema>, id: string): JsonSchema {
  const name = Object.entries(namedSchemas).find(([, named]) => named === schema)?.[0];
  if (name !== undefined) return { $ref: refOf(name) };
  const known = byId.get(id);
  if (known !== undefined) return known;
  const { $schema, ...inline } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: publish,
  });
  return inline;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, JsonSchema & { readonly description?: string }>>;
  readonly required?: readonly string[];
}

function parametersOf(route: Route, byId: ReadonlyMap<string, JsonSchema>): JsonSchema[] {
  const list = (kind: 'params' | 'query'): JsonSchema[] => {
    const { properties = {}, required = [] } = (byId.get(`${route.name}.${kind}`) ?? {}) as ObjectSchema;
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: kind === 'params' ? 'path' : 'query',
      required: kind === 'params' || (required.includes(name) && route.selectedBy === undefined),
      schema,
    }));
  };
  return [...list('params'), ...list('query')];
}

/** Error answers of the routes at one path and method, by status. */
function problemsOf(group: readonly Route[]): Record<string, JsonSchema> {
  const codes = new Set<ErrorCode>(ANY_ROUTE);
  for (const route of group) {
    if (route.body !== undefined) for (const code of WITH_BODY) codes.add(code);
    for (const code of route.errors) codes.add(code);
  }
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = ERROR_CODES[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      String(status),
      {
        description: list.map((code) => `\`${code}\`: ${new AivmError(code).detail}`).join('\n'),
        content: { 'application/problem+json': { schema: { $ref: refOf('Problem') } } },
      },
    ]),
  );
}

const MEDIA_TYPES = {
  json: 'application/json',
  text: 'text/plain',
  events: 'text/event-stream',
  bytes: 'application/octet-stream',
} as const;

function operationOf(group: readonly Route[], byId: ReadonlyMap<string, JsonSchema>): JsonSchema {
  const [first] = group;
  if (first === undefined) throw new RangeError('routes: expected at least one');
  const answers = group.map((route) => schemaOf(route.response, byId, `${route.name}.response`));
  const parameters = new Map(
    group.flatMap((route) => parametersOf(route, byId)).map((item) => [item.name, item]),
  );
  const { body, takesBytes = false } = first;
  return {
    operationId: group.map((route) => route.name).join('_or_'),
    summary: group.map((route) => route.summary).join(' '),
    parameters: [...parameters.values()],
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(body, byId, `${first.name}.body`) } },
          },
        }),
    ...(takesBytes
      ? { requestBody: { required: true, content: { 'application/octet-stream': { schema: {} } } } }
      : {}),
    responses: {
      200: {
        description: 'Done.',
        content: {
          [MEDIA_TYPES[first.answers]]: { schema: answers.length === 1 ? answers[0] : { oneOf: answers } },
        },
      },
      ...problemsOf(group),
    },
  };
}

/**
 * The contract as an OpenAPI 3.1 document, made from {@link routes}.

 * @example createOpenapi().openapi // '3.1.0'
 */
export function createOpenapi(): JsonSchema {
  const routes = listRoutes();
  const byId = schemasById(routes);
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}');
    const group = routes.filter((other) => other.path === route.path && other.method === route.method);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(group, byId) };
  }
  const named = Object.keys(namedSchemas).map((id) => [id, byId.get(id)]);
  return {
    openapi: '3.1.0',
    info: {
      title: 'AIVM',
      version: '1.0.0',
      description: 'Buy AI computation from strangers and know that the answer is right.',
      license: { name: 'BSD-3-Clause', identifier: 'BSD-3-Clause' },
    },
    servers: [{ url: BASE_PATH }],
    paths,
    components: { schemas: Object.fromEntries(named) },
  };
}
